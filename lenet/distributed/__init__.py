"""Training on several hosts, by `jax.distributed`."""
