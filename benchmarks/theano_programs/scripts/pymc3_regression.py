"""A line through a hundred points, by PyMC3: NUTS, Metropolis and variational inference."""

import numpy as np
import pymc3 as pm

random = np.random.RandomState(0)
x = np.linspace(0, 1, 100)
y = 1 + 2 * x + random.normal(scale=0.5, size=len(x))
chosen = {"random_seed": 1, "progressbar": False}

with pm.Model():
    intercept = pm.Normal("intercept", 0, sigma=10)
    slope = pm.Normal("slope", 0, sigma=10)
    noise = pm.HalfNormal("noise", sigma=1)
    pm.Normal("y", mu=intercept + slope * x, sigma=noise, observed=y)
    nuts = pm.sample(500, tune=500, cores=1, **chosen)
    metropolis = pm.sample(5000, tune=2000, cores=1, step=pm.Metropolis(), **chosen)
    advi = pm.fit(5000, method="advi", obj_optimizer=pm.adam(learning_rate=0.02), **chosen)

print(pm.summary(nuts).to_string())
found = {"NUTS": nuts, "Metropolis": metropolis, "ADVI": advi.sample(2000)}
print("slope", *(f"{name} {trace['slope'].mean():.2f}" for name, trace in found.items()))
