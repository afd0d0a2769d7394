"""Modules of scikit-learn that are private today, and where their names are."""

__all__ = ["MODULES", "NAMES"]

HERE = "lenet.theano_compat.old_names"

# What was public in these parts of packages, up to 0.21, is in the packages.
PARTS = {
    "cluster": "affinity_propagation_ bicluster birch dbscan_ hierarchical k_means_ mean_shift_ spectral",
    "covariance": "empirical_covariance_ graph_lasso_ outlier_detection robust_covariance shrunk_covariance_",
    "cross_decomposition": "cca_ pls_",
    "datasets": "base california_housing covtype kddcup99 lfw mldata olivetti_faces rcv1 samples_generator species_distributions "
    "svmlight_format twenty_newsgroups",
    "decomposition": "base cdnmf_fast dict_learning factor_analysis fastica_ incremental_pca kernel_pca nmf online_lda pca "
    "sparse_pca truncated_svd",
    "ensemble": "bagging base forest gradient_boosting iforest partial_dependence voting_classifier weight_boosting",
    "feature_extraction": "dict_vectorizer hashing",
    "feature_selection": "base from_model mutual_info_ rfe univariate_selection variance_threshold",
    "gaussian_process": "gpc gpr",
    "linear_model": "base bayes cd_fast coordinate_descent huber least_angle logistic omp passive_aggressive perceptron ransac "
    "ridge sag sgd_fast stochastic_gradient theil_sen",
    "manifold": "isomap locally_linear mds spectral_embedding_ t_sne",
    "metrics": "base classification metrics ranking regression scorer",
    "mixture": "base bayesian_mixture gaussian_mixture gmm",
    "neighbors": "ball_tree base classification graph kd_tree kde nearest_centroid regression unsupervised",
    "neural_network": "multilayer_perceptron rbm",
    "preprocessing": "data imputation label",
    "semi_supervised": "label_propagation",
    "svm": "base bounds classes",
    "tree": "export tree",
}

MODULES = {
    **{
        f"sklearn.{package}.{part}": f"sklearn.{package}"
        for package, parts in PARTS.items()
        for part in parts.split()
    },
    "sklearn.cross_validation": f"{HERE}.cross_validation",
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.six": "six",
    "sklearn.externals.six.moves": "six.moves",
    "sklearn.feature_extraction.stop_words": "sklearn.feature_extraction.text",
    "sklearn.grid_search": f"{HERE}.grid_search",
    "sklearn.lda": f"{HERE}.discriminant_analysis",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.metrics.cluster.supervised": "sklearn.metrics.cluster",
    "sklearn.metrics.cluster.unsupervised": "sklearn.metrics.cluster",
    "sklearn.neighbors.dist_metrics": "sklearn.metrics",
    "sklearn.pls": "sklearn.cross_decomposition",
    "sklearn.qda": f"{HERE}.discriminant_analysis",
    "sklearn.utils.arpack": "scipy.sparse.linalg",
    "sklearn.utils.lgamma": "math",
    "sklearn.utils.linear_assignment_": f"{HERE}.linear_assignment",
    "sklearn.utils.testing": "sklearn.utils._testing",
}

OF_CHECKS = ("array2d", "atleast2d_or_csr", "check_arrays", "safe_asarray")

NAMES = {
    "sklearn.covariance": {
        "GraphLasso": "sklearn.covariance:GraphicalLasso",
        "GraphLassoCV": "sklearn.covariance:GraphicalLassoCV",
        "graph_lasso": "sklearn.covariance:graphical_lasso",
    },
    "sklearn.datasets": {
        "fetch_mldata": f"{HERE}.mldata:fetch_mldata",
        "load_boston": f"{HERE}.boston:load_boston",
    },
    "sklearn.decomposition": {"RandomizedPCA": f"{HERE}.sklearn_decomposition:RandomizedPCA"},
    "sklearn.metrics": {
        "auc_score": "sklearn.metrics:roc_auc_score",
        "calinski_harabaz_score": "sklearn.metrics:calinski_harabasz_score",
        "jaccard_similarity_score": "sklearn.metrics:accuracy_score",
        "zero_one": "sklearn.metrics:zero_one_loss",
    },
    "sklearn.mixture": {"GMM": f"{HERE}.sklearn_mixture:GMM"},
    "sklearn.neighbors": {"DistanceMetric": "sklearn.metrics:DistanceMetric"},
    "sklearn.preprocessing": {
        "Imputer": f"{HERE}.sklearn_preprocessing:Imputer",
        "type_of_target": "sklearn.utils.multiclass:type_of_target",
    },
    "sklearn.utils": {
        "ConvergenceWarning": "sklearn.exceptions:ConvergenceWarning",
        "safe_indexing": "sklearn.utils:_safe_indexing",
        **{name: f"{HERE}.sklearn_functions:{name}" for name in OF_CHECKS},
    },
    "sklearn.utils.extmath": {
        "fast_dot": "numpy:dot",
        "logsumexp": "scipy.special:logsumexp",
        "norm": "scipy.linalg:norm",
        "pinvh": "scipy.linalg:pinvh",
    },
    "sklearn.utils.fixes": {
        "bincount": "numpy:bincount",
        "expit": "scipy.special:expit",
        "signature": "inspect:signature",
        "unique": "numpy:unique",
    },
    "sklearn.utils.validation": {name: f"{HERE}.sklearn_functions:{name}" for name in OF_CHECKS},
    "sklearn.utils._testing": {
        f"assert_{name}": f"{HERE}.sklearn_testing:assert_{name}"
        for name in (
            *("approx_equal", "dict_equal", "equal", "false", "greater", "greater_equal", "in"),
            *("less", "less_equal", "no_warnings", "not_equal", "not_in", "raise_message"),
            *("raises", "raises_regex", "raises_regexp", "true", "warns", "warns_message"),
        )
    },
}
