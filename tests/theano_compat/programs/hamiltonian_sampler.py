"""Hamiltonian Monte Carlo on a Gaussian: leapfrog steps in a scan, a step size that adapts."""

import numpy
import theano
from theano import function, shared
from theano import tensor as TT

sharedX = lambda X, name: shared(numpy.asarray(X, dtype=theano.config.floatX), name=name)


def kinetic_energy(vel):
    return 0.5 * (vel**2).sum(axis=1)


def metropolis_hastings_accept(energy_prev, energy_next, s_rng):
    return (TT.exp(energy_prev - energy_next) - s_rng.uniform(size=energy_prev.shape)) >= 0


def simulate_dynamics(initial_pos, initial_vel, stepsize, n_steps, energy_fn):
    def leapfrog(pos, vel, step):
        dE_dpos = TT.grad(energy_fn(pos).sum(), pos)
        new_vel = vel - step * dE_dpos
        return [pos + step * new_vel, new_vel], {}

    initial_energy = energy_fn(initial_pos)
    dE_dpos = TT.grad(initial_energy.sum(), initial_pos)
    vel_half_step = initial_vel - 0.5 * stepsize * dE_dpos
    pos_full_step = initial_pos + stepsize * vel_half_step
    (all_pos, all_vel), scan_updates = theano.scan(
        leapfrog,
        outputs_info=[dict(initial=pos_full_step), dict(initial=vel_half_step)],
        non_sequences=[stepsize],
        n_steps=n_steps - 1,
    )
    final_pos = all_pos[-1]
    final_vel = all_vel[-1]
    assert not scan_updates
    energy = energy_fn(final_pos)
    return final_pos, final_vel - 0.5 * stepsize * TT.grad(energy.sum(), final_pos)


def hmc_move(s_rng, positions, energy_fn, stepsize, n_steps):
    initial_vel = s_rng.normal(size=positions.shape)
    final_pos, final_vel = simulate_dynamics(positions, initial_vel, stepsize, n_steps, energy_fn)
    accept = metropolis_hastings_accept(
        energy_prev=energy_fn(positions) + kinetic_energy(initial_vel),
        energy_next=energy_fn(final_pos) + kinetic_energy(final_vel),
        s_rng=s_rng,
    )
    return accept, final_pos


def hmc_updates(positions, stepsize, avg_acceptance_rate, final_pos, accept):
    accept_matrix = accept.dimshuffle(0, *(("x",) * (final_pos.ndim - 1)))
    new_positions = TT.switch(accept_matrix, final_pos, positions)
    _new_stepsize = TT.switch(avg_acceptance_rate > 0.9, stepsize * 1.02, stepsize * 0.98)
    new_stepsize = TT.clip(_new_stepsize, 0.001, 0.5)
    mean_dtype = theano.scalar.upcast(accept.dtype, avg_acceptance_rate.dtype)
    new_acceptance_rate = TT.add(0.9 * avg_acceptance_rate, 0.1 * accept.mean(dtype=mean_dtype))
    return [
        (positions, new_positions),
        (stepsize, new_stepsize),
        (avg_acceptance_rate, new_acceptance_rate),
    ]


rng = numpy.random.RandomState(123)
mu = numpy.array([3.0, -1.0, 2.0], dtype=theano.config.floatX)
cov = numpy.array([[1.0, 0.4, 0.0], [0.4, 1.0, -0.3], [0.0, -0.3, 1.0]])
cov_inv = numpy.asarray(numpy.linalg.inv(cov), dtype=theano.config.floatX)


def gaussian_energy(x):
    return 0.5 * (theano.tensor.dot((x - mu), cov_inv) * (x - mu)).sum(axis=1)


positions = sharedX(rng.randn(20, 3), "positions")
stepsize = sharedX(0.01, "hmc_stepsize")
avg_acceptance_rate = sharedX(0.9, "avg_acceptance_rate")
s_rng = TT.shared_randomstreams.RandomStreams(12345)
accept, final_pos = hmc_move(s_rng, positions, gaussian_energy, stepsize, n_steps=15)
simulate = function(
    [], [], updates=hmc_updates(positions, stepsize, avg_acceptance_rate, final_pos, accept)
)
samples = []
for i in range(500):
    simulate()
    if i >= 200:
        samples.append(positions.get_value())
samples = numpy.concatenate(samples)
print("mean distance %f" % abs(samples.mean(axis=0) - mu).max())
print("covariance distance %f" % abs(numpy.cov(samples.T) - cov).max())
print("acceptance %f" % avg_acceptance_rate.get_value())
