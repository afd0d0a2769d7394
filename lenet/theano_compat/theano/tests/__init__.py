"""Theano's ``theano.tests``: what tests of programs' own operations use."""
