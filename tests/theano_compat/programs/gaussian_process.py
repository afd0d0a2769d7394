"""Gaussian-process regression: its hyperparameters by SciPy's optimiser, from Theano's gradient."""

import numpy as np
import scipy.optimize
import theano
import theano.tensor as T
from theano.tensor.nlinalg import matrix_inverse
from theano.tensor.slinalg import cholesky

theano.config.floatX = "float64"

X = T.matrix("X")
y = T.vector("y")
x_test = T.matrix("x_test")
theta = T.vector("theta")


def covariance(a, b):
    sqdist = T.sum(a**2, 1).reshape((-1, 1)) + T.sum(b**2, 1) - 2 * T.dot(a, b.T)
    return T.exp(theta[0]) * T.exp(-0.5 * sqdist / T.exp(theta[1]))


K = covariance(X, X) + T.exp(theta[2]) * T.eye(X.shape[0])
log_determinant = 2 * T.sum(T.log(T.diag(cholesky(K))))
fit = T.dot(y, T.dot(matrix_inverse(K), y))
nll = 0.5 * fit + 0.5 * log_determinant + 0.5 * X.shape[0] * T.log(2 * np.pi)
cost_and_gradient = theano.function([theta, X, y], [nll, T.grad(nll, theta)])
predict = theano.function(
    [theta, X, y, x_test], T.dot(covariance(x_test, X), T.dot(matrix_inverse(K), y))
)

rng = np.random.RandomState(0)
inputs = rng.uniform(-3, 3, size=(25, 1))
outputs = np.sin(2 * inputs[:, 0]) + 0.05 * rng.randn(25)
start = np.zeros(3)


def objective(values):
    cost, gradient = cost_and_gradient(values, inputs, outputs)
    return float(cost), gradient


print(
    "gradient %g"
    % scipy.optimize.check_grad(lambda t: objective(t)[0], lambda t: objective(t)[1], start)
)
best = scipy.optimize.fmin_l_bfgs_b(objective, start)[0]
print("cost before %f" % objective(start)[0])
print("cost %f" % objective(best)[0])
grid = np.linspace(-2, 2, 30).reshape(-1, 1)
print("error %f" % abs(predict(best, inputs, outputs, grid) - np.sin(2 * grid[:, 0])).max())
