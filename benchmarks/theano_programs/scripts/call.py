"""Import a program's module, or call a function of it: `call.py MODULE [FUNCTION [NAME=VALUE ...]]`."""

import ast
import importlib
import os
import sys

sys.path.insert(0, os.getcwd())
name, function, settings = sys.argv[1], sys.argv[2:3], sys.argv[3:]
sys.argv[1:] = []
module = importlib.import_module(name)
if function:
    values = dict(word.split("=", 1) for word in settings)
    getattr(module, function[0])(**{key: ast.literal_eval(each) for key, each in values.items()})
