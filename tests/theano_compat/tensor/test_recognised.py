"""Classes of operations that programs look for in graphs and compiled functions."""

import numpy as np
import pytest


def operations(theano, output, mode=None):
    """Return the operations of a graph, or of a function that computes it."""
    if mode is None:
        nodes = theano.gof.graph.io_toposort([], [output])
    else:
        inputs = list(theano.gof.graph.inputs([output]))
        inputs = [x for x in inputs if not isinstance(x, theano.gof.Constant)]
        nodes = theano.function(inputs, output, mode=mode).maker.fgraph.toposort()
    return [node.op for node in nodes]


def has(operations, kind):
    return any(isinstance(each, kind) for each in operations)


@pytest.fixture
def tensor(theano):
    import theano.tensor.nnet.corr
    import theano.tensor.signal.downsample
    import theano.tensor.signal.pool

    return theano.tensor


def test_compiled_functions_have_what_theano_would_have_put_there(theano, tensor):
    x, v, y = tensor.fmatrix(), tensor.fvector(), tensor.lvector()
    picture, filters = tensor.ftensor4(), tensor.ftensor4()
    nnet = tensor.nnet
    softmax = nnet.softmax(x)
    expected = {
        tensor.Elemwise: tensor.exp(x) + 1,
        nnet.Softmax: softmax,
        nnet.LogSoftmax: tensor.log(softmax),
        nnet.CrossentropySoftmaxArgmax1HotWithBias: nnet.categorical_crossentropy(softmax, y),
        nnet.CrossentropySoftmax1HotWithBiasDx: theano.grad(
            nnet.categorical_crossentropy(softmax, y).sum(), x
        ),
        tensor.blas.Dot22: tensor.dot(x, x.T),
        tensor.AdvancedIncSubtensor1: tensor.inc_subtensor(x[y], 1.5),
        tensor.AdvancedSubtensor1: x[y],
        nnet.corr.CorrMM: nnet.conv2d(picture, filters),
        tensor.signal.pool.Pool: tensor.signal.pool.pool_2d(picture, (2, 2), ignore_border=True),
    }
    mode = theano.compile.get_mode("FAST_RUN")
    found = {
        kind: {other for other in expected if has(operations(theano, output, mode), other)}
        for kind, output in expected.items()
    }
    assert all(kind in kinds for kind, kinds in found.items()), found
    assert found[nnet.LogSoftmax] == {nnet.LogSoftmax}
    assert found[nnet.corr.CorrMM] == {nnet.corr.CorrMM}
    assert not has(operations(theano, x.T + v, mode), nnet.Softmax)


def test_products_that_are_added_to_a_matrix(theano, tensor):
    a, x, y = tensor.dmatrix(), tensor.dvector(), tensor.dvector()
    compiled = operations(theano, a + 2 * tensor.outer(x, y), theano.compile.get_mode("FAST_RUN"))
    assert has(compiled, tensor.blas.Ger)


def test_graphs_as_written(theano, tensor):
    images, filters = tensor.ftensor4(), tensor.ftensor4()
    nnet, signal = tensor.nnet, tensor.signal
    flat = operations(theano, nnet.conv2d(images, filters))
    deep = operations(theano, nnet.conv3d(tensor.ftensor5(), tensor.ftensor5()))
    assert has(flat, nnet.abstract_conv.AbstractConv2d)
    assert has(flat, nnet.conv.ConvOp)
    assert has(deep, nnet.abstract_conv.AbstractConv3d)
    assert not has(deep, nnet.abstract_conv.AbstractConv2d)
    assert has([*flat], nnet.abstract_conv.BaseAbstractConv)
    assert not has(flat, nnet.abstract_conv.AbstractConv2d_gradInputs)
    pooled = signal.pool.pool_2d(images, (2, 2), ignore_border=True)
    assert has(operations(theano, pooled), signal.downsample.DownsampleFactorMax)
    gradient = operations(theano, theano.grad(pooled.sum(), images))
    assert has(gradient, signal.pool.MaxPoolGrad)
    assert not has(gradient, signal.pool.AveragePoolGrad)


def test_they_stay_classes(theano, tensor):
    class Mine(tensor.nnet.corr.CorrMM):
        pass

    assert isinstance(Mine(), tensor.nnet.corr.CorrMM)
    images, filters = tensor.ftensor4(), tensor.ftensor4()
    assert not has(operations(theano, tensor.nnet.conv2d(images, filters)), Mine)

    class Doubled(tensor.Elemwise):
        pass

    doubled = Doubled(theano.scalar.mul)
    assert isinstance(doubled, tensor.Elemwise)
    assert not isinstance(tensor.exp, Doubled)
    x = tensor.dvector()
    assert doubled(x, 2.0).eval({x: [1, 3]}, mode="FAST_COMPILE").tolist() == [2, 6]
    rows = tensor.AdvancedSubtensor1()(tensor.as_tensor_variable(np.eye(3)), [2, 0])
    assert rows.eval(mode="FAST_COMPILE").tolist() == [[0, 0, 1], [1, 0, 0]]


def test_rewrites_track_them(theano, tensor):
    @theano.gof.local_optimizer([tensor.nnet.Softmax])
    def to_zero(node):
        return [tensor.zeros_like(node.outputs[0])]

    x = tensor.dmatrix()
    graph = theano.gof.FunctionGraph([x], [tensor.nnet.softmax(x)], clone=False)
    theano.gof.opt.in2out(to_zero).rewrite(graph)
    assert graph.outputs[0].eval({x: np.ones((1, 2))}, mode="FAST_COMPILE").tolist() == [[0, 0]]


def test_matrices_before_and_after_compiling(theano, tensor):
    from theano.tensor import nlinalg, slinalg

    A, b = tensor.dmatrix(), tensor.dvector()
    expected = {
        nlinalg.MatrixInverse: nlinalg.matrix_inverse(A),
        nlinalg.MatrixPinv: nlinalg.pinv(A),
        nlinalg.Det: nlinalg.det(A),
        nlinalg.Eig: nlinalg.eig(A)[0],
        nlinalg.Eigh: nlinalg.eigh(A)[0],
        nlinalg.QRIncomplete: nlinalg.qr(A, "r"),
        nlinalg.SVD: nlinalg.svd(A)[0],
        slinalg.Cholesky: slinalg.cholesky(A),
        slinalg.Expm: slinalg.expm(A),
        slinalg.Solve: slinalg.solve(A, b),
    }
    mode = theano.compile.get_mode("FAST_COMPILE")
    for kind, output in expected.items():
        assert has(operations(theano, output), kind), kind
        assert has(operations(theano, output, mode), kind), kind
    assert not has(operations(theano, tensor.dot(A, b)), nlinalg.MatrixInverse)
    assert nlinalg.MatrixPinv()(A).eval({A: np.eye(2)}, mode=mode).tolist() == [[1, 0], [0, 1]]


def test_products_and_reductions(theano, tensor):
    x, v = tensor.fmatrix(), tensor.fvector()
    blas, elemwise = tensor.blas, tensor.elemwise
    mode = theano.compile.get_mode("FAST_RUN")
    added = operations(theano, x + 2 * tensor.dot(x, x.T), mode)
    assert has(added, blas.Gemm)
    assert has(added, blas.GemmRelated)
    assert not has(operations(theano, tensor.dot(x, v), mode), blas.GemmRelated)
    squares = operations(theano, tensor.sum(x**2), mode)
    assert has(squares, elemwise.Sum)
    assert has(squares, elemwise.CAReduce)
    assert has(operations(theano, x.sum(axis=0)), elemwise.CAReduceDtype)
    assert has(operations(theano, tensor.any(x > 0)), elemwise.Any)
    maxima = tensor.basic.MaxAndArgmax
    assert has(operations(theano, x.max(axis=1)), maxima)
    assert has(operations(theano, x.argmax(axis=1)), maxima)
    assert not has(operations(theano, x.sum(axis=1)), maxima)
    largest, place = maxima(axis=1)(x)
    found = theano.function([x], [largest, place], mode="FAST_COMPILE")
    assert [each.tolist() for each in found(np.float32([[1, 3, 2]]))] == [[3], [1]]


def test_every_class_of_theano_can_be_asked_for(theano, tensor):
    names = ["DiffOp", "CumsumOp", "CumprodOp", "RepeatOp"]
    kinds = [getattr(tensor.extra_ops, name) for name in names]
    kinds += [tensor.nlinalg.AllocDiag, tensor.nlinalg.ExtractDiag, tensor.nlinalg.lstsq]
    kinds += [tensor.nnet.nnet.Prepend_scalar_to_each_row, tensor.nnet.sigm.ScalarSigmoid]
    assert not any(isinstance(tensor.exp, kind) for kind in kinds)
    x = tensor.dmatrix()
    assert has(operations(theano, tensor.nlinalg.extract_diag(x)), tensor.nlinalg.ExtractDiag)
    assert isinstance(tensor.nnet.sigmoid(x).owner.op.scalar_op, tensor.nnet.sigm.ScalarSigmoid)
