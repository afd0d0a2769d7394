"""Steps of deep_q_rl's network for Atari's games, on frames made up."""

import numpy as np
from q_network import DeepQLearner

rng = np.random.RandomState(1)
learner = DeepQLearner(
    *(84, 84, 6, 4, 0.95, 0.0002, 0.95, 0.01, 0, 1.0, 10, 32),
    *("nips_dnn", "deepmind_rmsprop", "sum", rng),
)
for _ in range(30):
    frames = rng.randint(0, 256, (32, 5, 84, 84)).astype("float32")
    actions = rng.randint(0, 6, (32, 1)).astype("int32")
    rewards = rng.choice([-1.0, 0.0, 1.0], (32, 1)).astype("float32")
    ends = (rng.rand(32, 1) < 0.1).astype("int32")
    loss = learner.train(frames, actions, rewards, ends)
print("loss", float(np.squeeze(loss)))
print("action", learner.choose_action(frames[0, :4], 0.0))
