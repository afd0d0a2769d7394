"""A convolutional network by scikit-neuralnetwork on scikit-learn's digits."""

from sklearn.datasets import load_digits
from sknn.mlp import Classifier, Convolution, Layer

digits = load_digits()
images, labels = digits.images / 16.0, digits.target
net = Classifier(
    layers=[Convolution("Rectifier", channels=8, kernel_shape=(3, 3)), Layer("Softmax")],
    learning_rate=0.02,
    n_iter=5,
    random_state=1,
)
net.fit(images[:1300], labels[:1300])
print("accuracy", net.score(images[1300:], labels[1300:]))
