"""Three tiers of tests: fast ones, those of each push, and slow ones that run at night.

``pytest -m fast`` takes what needs neither a compiler nor another process nor JAX, ``pytest`` takes all but
what is marked as slow, and ``pytest -m slow`` takes the rest. A test is fast unless its file is in `ELSEWHERE`
or its arguments say otherwise, and ``-m fast`` fails where one compiles or starts a process all the same.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib.abc import MetaPathFinder
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# Files and folders of tests of which at least one compiles, starts a process or takes its time.
ELSEWHERE = (
    "augment/test_batch_plan.py",
    "augment/test_compose.py",
    "augment/test_transforms.py",
    "commands/test_base.py",
    "commands/test_compare.py",
    "commands/test_course.py",
    "commands/test_evaluate.py",
    "commands/test_explore.py",
    "commands/test_export.py",
    "commands/test_trained_network.py",
    "commands/test_film_answers.py",
    "commands/test_folds_together.py",
    "commands/test_import_model.py",
    "commands/test_predict.py",
    "commands/test_run_page.py",
    "commands/test_show.py",
    "commands/test_theano.py",
    "compile",
    "dashboard",
    "data/test_array_dataset.py",
    "data/test_cache.py",
    "data/test_class_names.py",
    "data/test_corrections.py",
    "data/test_decoder_noise.py",
    "data/test_decoding.py",
    "data/test_download.py",
    "data/test_folder_layout.py",
    "data/test_image_folder.py",
    "data/test_image_groups.py",
    "data/test_label_table.py",
    "data/test_paper_digits.py",
    "data/test_pickle_check.py",
    "data/test_picture_matrix.py",
    "data/test_proportions.py",
    "data/test_range_warnings.py",
    "data/test_uneven.py",
    "data/test_value_ranges.py",
    "distributed/test_hosts.py",
    "distributed/test_last_line.py",
    "distributed/test_same_files.py",
    "estimator/test_classifier.py",
    "experiments/test_find_lr.py",
    "experiments/test_init_from.py",
    "experiments/test_one_run.py",
    "graph",
    "importing/test_keras_file.py",
    "importing/test_keras_layers.py",
    "importing/test_reader.py",
    "importing/test_sentence.py",
    "layers/test_gauss_newton.py",
    "models/test_classifier.py",
    "models/test_losses.py",
    "nnet/kernels",
    "nnet/ops/test_compile_bounds.py",
    "nnet/ops/test_dot.py",
    "nnet/ops/test_elementary.py",
    "nnet/ops/test_flat_elemwise.py",
    "nnet/ops/test_images.py",
    "nnet/ops/test_reductions.py",
    "nnet/ops/test_rows.py",
    "nnet/ops/test_softmax.py",
    "nnet/rewrites/test_average_pool.py",
    "nnet/rewrites/test_bounded_canonizers.py",
    "nnet/rewrites/test_distinct_traces.py",
    "nnet/rewrites/test_fused_conv.py",
    "nnet/rewrites/test_fused_conv_limits.py",
    "nnet/rewrites/test_elemwise_and_dot.py",
    "nnet/rewrites/test_log_stability.py",
    "nnet/rewrites/test_softmax.py",
    "nnet/rewrites/test_static_conv_grad_inputs.py",
    "nnet/rewrites/test_static_conv_grad_weights.py",
    "nnet/rewrites/test_steady_products.py",
    "nnet/test_c_code.py",
    "nnet/test_conv_columns.py",
    "nnet/test_float32_constants.py",
    "nnet/test_conv_depthwise.py",
    "nnet/test_conv_rows.py",
    "nnet/test_dispatch.py",
    "nnet/test_fuzz.py",
    "nnet/test_golden_sizes.py",
    "nnet/test_jax.py",
    "nnet/test_numba.py",
    "nnet/test_parallel_work.py",
    "nnet/test_pytorch.py",
    "nnet/test_sanitize.py",
    "nnet/test_kept_gradients.py",
    "nnet/test_scan_gradient.py",
    "nnet/test_scan_shapes.py",
    "porting/test_programs.py",
    "random_streams/test_numba_streams.py",
    "random_streams/test_random_function.py",
    "random_streams/test_mrg_numbers.py",
    "random_streams/test_mrg_uniform.py",
    "report/test_augmentation.py",
    "report/test_curves.py",
    "report/test_figures.py",
    "report/test_film_writer.py",
    "report/test_rate_curve.py",
    "report/test_reliability.py",
    "report/test_run_page.py",
    "runs/test_checkpoint.py",
    "runs/test_kept_epochs.py",
    "runs/test_lock.py",
    "runs/test_saved_model.py",
    "runs/test_tensorboard.py",
    "runs/test_transfer.py",
    "runs/test_validation_fit.py",
    "runs/test_writer.py",
    "show",
    "test_Lenet5.py",
    "test_LogisticRegression.py",
    "test_array_files.py",
    "test_benchmarks.py",
    "test_channels.py",
    "test_checkpoints_guide.py",
    "test_command_names.py",
    "test_deep_pictures.py",
    "test_examples.py",
    "test_extreme_flags.py",
    "test_files.py",
    "test_flag_effects.py",
    "test_fuzz_files.py",
    "test_hdf5.py",
    "test_hostile_names.py",
    "test_images_guide.py",
    "test_models_guide.py",
    "test_no_network.py",
    "test_old_paths.py",
    "test_own_images.py",
    "test_own_split.py",
    "test_packaging.py",
    "test_paper_digits_benchmark.py",
    "test_porting_guide.py",
    "test_power_cut.py",
    "test_public_names.py",
    "test_pytensor_ml.py",
    "test_readme.py",
    "test_regular_files.py",
    "test_results.py",
    "test_saved_files.py",
    "test_shared_folder.py",
    "test_terminal.py",
    "test_theano_programs_benchmark.py",
    "test_theano_tests_benchmark.py",
    "test_trained.py",
    "test_train.py",
    "test_waiting.py",
    "theano_compat/old_names/test_h5py_files.py",
    "theano_compat/test_children.py",
    "theano_compat/test_notebooks.py",
    "theano_compat/old_names/test_array_numbers.py",
    "theano_compat/old_names/test_float_sizes.py",
    "theano_compat/old_names/test_hooks.py",
    "theano_compat/old_names/test_list_indices.py",
    "theano_compat/old_names/test_list_of_indices.py",
    "theano_compat/old_names/test_list_parameters.py",
    "theano_compat/old_names/test_lost_methods.py",
    "theano_compat/old_names/test_matplotlib.py",
    "theano_compat/old_names/test_number_types.py",
    "theano_compat/old_names/test_pytest_collection.py",
    "theano_compat/old_names/test_sklearn_classes.py",
    "theano_compat/old_names/test_sorting.py",
    "theano_compat/tensor/test_blocksparse.py",
    "theano_compat/tensor/test_conv3d_channels_last.py",
    "theano_compat/tensor/test_conv_grad_shapes.py",
    "theano_compat/tensor/test_corr.py",
    "theano_compat/tensor/test_crossentropy_grad.py",
    "theano_compat/tensor/test_ctc.py",
    "theano_compat/tensor/test_expected_shapes.py",
    "theano_compat/tensor/test_inplace.py",
    "theano_compat/tensor/test_layers_operations.py",
    "theano_compat/tensor/test_linear_algebra.py",
    "theano_compat/tensor/test_nnet.py",
    "theano_compat/tensor/test_pool_grad.py",
    "theano_compat/tensor/test_recognised.py",
    "theano_compat/tensor/test_subtensor.py",
    "theano_compat/tensor/test_type.py",
    "theano_compat/tensor/test_variable_class.py",
    "theano_compat/test_config.py",
    "theano_compat/test_cudnn.py",
    "theano_compat/test_function.py",
    "theano_compat/test_function_module.py",
    "theano_compat/test_gradient.py",
    "theano_compat/test_importing.py",
    "theano_compat/test_linker_methods.py",
    "theano_compat/test_mapped_variables.py",
    "theano_compat/test_operations.py",
    "theano_compat/test_own_ops.py",
    "theano_compat/test_pickles.py",
    "theano_compat/test_programs.py",
    "theano_compat/python2/test_old_modules.py",
    "theano_compat/python2/test_sources.py",
    "theano_compat/test_random.py",
    "theano_compat/test_range_indices.py",
    "theano_compat/test_rare_modules.py",
    "theano_compat/test_record.py",
    "theano_compat/test_notebooks.py",
    "theano_compat/test_runner.py",
    "theano_compat/test_scan.py",
    "theano_compat/test_scan_gradient.py",
    "theano_compat/test_small_names.py",
    "theano_compat/test_test_values.py",
    "theano_compat/test_unittest_tools.py",
    "training/test_functions.py",
    "training/test_loop.py",
)
# Files of slow tests: what they would see is rare, or seen by others on each push, if at smaller sizes and in
# fewer combinations. After each, where.
NIGHTLY = (
    "nnet/test_golden_sizes.py",  # nnet/test_golden.py, nnet/test_conv.py, nnet/ops/, the random cases
    "nnet/rewrites/test_fused_conv_limits.py",  # nnet/rewrites/test_fused_conv.py, the random cases
    "nnet/test_c_code.py",  # whatever compiles a kernel
    "test_benchmarks.py",  # nobody but who measures
    "test_theano_programs_benchmark.py",  # nobody but who measures
    "test_theano_tests_benchmark.py",  # nobody but who measures
    "test_checkpoints_guide.py",  # runs/test_saved_model.py
    "test_deep_pictures.py",  # data/test_value_ranges.py, data/test_sight.py
    "test_channels.py",  # data/test_hyperstacks.py, test_picture_pages.py, test_sight.py, test_tiff_samples.py
    "test_extreme_flags.py",  # training/, commands/
    "test_hostile_names.py",  # dashboard/, report/, show/, data/test_class_names.py, commands/test_film_answers.py
    "test_paper_digits_benchmark.py",  # nobody but who measures
    "test_power_cut.py",  # test_files.py, runs/test_checkpoint.py
    "test_examples.py",  # test_train.py
    "test_models_guide.py",  # layers/, models/, optim/
    "test_results.py",  # nobody but who measures
    "test_shared_folder.py",  # runs/test_lock.py
    "test_waiting.py",  # nobody: it costs seconds, not results
    "theano_compat/test_programs.py",  # theano_compat/, test_Lenet5.py; whole programs take their time
)
# Slow tests of other files, by the beginnings of their names. After each, where the same is seen on each push.
NIGHTLY_TESTS = {
    "commands/test_predict.py": (
        "test_digits_anywhere_on_a_page_are_found[a.",  # of 16 bits and of fractions
    ),
    "commands/test_run_page.py": (
        "test_an_interrupted_run_keeps_the_same_epochs[7]",  # that after two
    ),
    "compile/test_specialise.py": (
        "test_training_goes_on",  # the other tests, training/test_loop.py
    ),
    "commands/test_course.py": (
        "test_an_interrupted_course",  # runs/test_writer.py
        "test_a_run_without_its_page",  # test_what_is_done_is_kept
        "test_a_run_that",  # test_train.py
        "test_what_was_done_with_other_images",  # test_runs_with_other_flags_are_not_gone_on_with
    ),
    "dashboard/test_page_in_browser.py": (
        "test_a_connection_that_comes_back_goes_on",  # test_a_program_that_is_gone_leaves_what_it_has_shown
    ),
    "estimator/test_classifier.py": (
        "test_averages_begin_with_the_layers_that_are_taken",  # training/test_refinements.py, runs/test_transfer.py
        "test_one_layer_to_freeze",  # training/test_transfer_options.py
        "test_refinements_are_settings_and_go_on_from_a_pickle[lookahead]",  # that of ema
    ),
    "experiments/test_find_lr.py": (
        "test_the_command_to_go_on_with",  # test_the_command_has_the_rate_once
        "test_a_run_is_not_repeated",  # test_what_it_does_not_go_with_is_one_line
    ),
    "experiments/test_init_from.py": (
        "test_an_interrupted_run_reaches_the_same_bits",  # runs/test_writer.py
    ),
    "graph/test_checking.py": (
        "test_results_of_a_network_agree",  # the other tests
    ),
    "graph/test_machine_checks.py": (
        "test_the_doctor_works_where_a_package_is_broken",  # the other checks
    ),
    "models/test_classifier.py": (
        "test_a_lenet_computes_the_bits_of_a_graph_without_layers[None",  # those of known numbers
        "test_a_lenet_computes_the_bits_of_a_graph_without_layers[3-float32",
    ),
    "nnet/kernels/test_instruction_sets.py": (
        "test_kernels_with_vectors_of_each_length[x86-64-float64]",  # that of x86-64-v3
    ),
    "nnet/kernels/test_own_op.py": (
        "test_the_first_lines",  # test_the_op_of_the_guide, nnet/test_numba.py
    ),
    "nnet/kernels/test_tiles_in_registers.py": (
        "test_each_tap_is_multiplied_with_each_sum_of_a_gradient[2",  # of one sum
    ),
    "nnet/ops/test_fused_conv.py": (
        "test_in_python_they_are_what_plain_loops_say[first-winner-wide-constant",  # with ties
        "test_in_python_they_are_what_plain_loops_say[first-winner-wide-random",
        "test_any_shape",  # the random cases
    ),
    "nnet/ops/test_static_conv_grad_inputs.py": (
        "test_any_shape",  # the random cases
    ),
    "nnet/ops/test_static_conv_grad_weights.py": (
        "test_any_shape",  # the random cases
    ),
    "nnet/rewrites/test_fused_conv.py": (
        "test_any_network_in_c",  # test_any_network, the random cases
        "test_convolutions_are_those_of_theano",  # nnet/test_golden.py, nnet/ops/test_fused_conv.py
    ),
    "nnet/rewrites/test_steady_products.py": (
        "test_gradient_through_a_loop_is_the_sum_over_its_steps[repeated]",  # of last_rows and others
        "test_gradient_through_a_loop_is_the_sum_over_its_steps[reshaped]",
    ),
    "nnet/test_conv_rows.py": (
        "test_c_code_agrees_with_numpy[one-tap-stretches-float32",  # with float64
        "test_c_code_agrees_with_numpy[one-tap-padded-float32",
        "test_c_code_agrees_with_numpy[padded-float32",
        "test_c_code_agrees_with_numpy[rectified-float32",
        "test_c_code_agrees_with_numpy[stride-float32",
        "test_c_code_agrees_with_numpy[groups",
    ),
    "nnet/test_dispatch.py": (
        "test_jax_needs_no_static_shapes[fast_run",  # that with all optimizers but one
        "test_jax_needs_no_static_shapes[minimum",
    ),
    "nnet/test_golden.py": (
        "test_compiled_outputs",  # in Python, and C agrees with it elsewhere
    ),
    "nnet/test_jax.py": (
        "test_derivatives_are_those_of_xla[average",  # of others
        "test_derivatives_are_those_of_xla[conv-grad-weights",
        "test_derivatives_are_those_of_xla[conv-3d",
        "test_derivatives_are_those_of_xla[conv-grad-inputs",
        "test_derivatives_are_those_of_xla[max-pool-grad",
        "test_derivatives_are_those_of_xla[max-pool-tangent",
        "test_derivatives_are_those_of_xla[neighbours",
        "test_derivatives_are_those_of_xla[sum-of",
        "test_derivatives_are_those_of_xla[unshared",
        "test_vmap_is_one_after_the_other[average",
        "test_vmap_is_one_after_the_other[max",
        "test_vmap_is_one_after_the_other[neighbours",
        "test_vmap_is_one_after_the_other[sum-of",
        "test_vmap_is_one_after_the_other[unshared",
    ),
    "nnet/test_neighbours.py": (
        "test_numbers_of_any_type",  # of some types, in the other tests
    ),
    "nnet/test_numba.py": (
        "test_a_training_step_is_that_of_c[float64]",  # that of float32
        "test_machine_code_is_kept",  # nobody: it costs seconds, not results
    ),
    "nnet/test_sanitize.py": (
        "test_what_passes_is_counted",  # the sanitizers run at night
    ),
    "random_streams/test_mrg_uniform.py": (
        "test_numbers_are_those_of_the_recurrences[numba-300",  # of one stream
        "test_numbers_are_those_of_the_recurrences[numba-4",
    ),
    "runs/test_writer.py": (
        "test_an_interrupted_run_goes_on_to_the_same_bits[adam",  # of momentum, ema and everything
        "test_an_interrupted_run_goes_on_to_the_same_bits[lookahead",
        "test_an_interrupted_run_goes_on_to_the_same_bits[random",
        "test_an_interrupted_run_goes_on_to_the_same_bits[sdlm",
        "test_an_interrupted_run_goes_on_to_the_same_bits[transforms",
    ),
    "show/test_accessibility.py": (
        "test_nothing_to_complain_of[1280-True",  # wide and light, narrow and dark
        "test_nothing_to_complain_of[420-False",
    ),
    "show/test_camera.py": (
        "test_digits_before_a_camera",  # show/test_page_in_browser.py
    ),
    "show/test_languages.py": (
        "test_no_english_is_left[fr]",  # in German
    ),
    "show/test_primitives.py": (
        "test_each_option_of_each_model[lenet5-1998, ",  # of lenet
    ),
    "test_fuzz_files.py": (
        "test_no_reader_fails",  # CI runs them for half a minute
    ),
    "test_Lenet5.py": (
        "test_jax_takes_batches_that_no_byte_counts[128]",  # of any number
        "test_training_repeats_the_original_program[JAX",  # that in C
    ),
    "test_own_images.py": (
        "test_the_configuration_of_a_fold_repeats_it",  # test_a_fold_is_evaluated_on_its_own_images, test_train.py
        "test_a_rare_class",  # data/test_uneven.py, training/test_loop.py, report/
        "test_prediction_prepares_pictures",  # commands/test_predict.py
        "test_folds_go_with_every_data_set",  # test_folds_test_each_image_once
        "test_suspects_that_explore_lists",  # data/test_corrections.py
    ),
    "test_own_split.py": (
        "test_groups_by_level_pattern_and_table",  # data/test_image_groups.py
        "test_a_split_in_folders_is_said_and_kept[names1]",  # of other names; data/test_folder_layout.py
        "test_a_split_in_folders_is_said_and_kept[names2]",
        "test_a_course_takes_splits",  # commands/test_course.py
        "test_all_cope_without_test_images",  # data/test_folder_layout.py
        "test_each_group_may_be_left_out",  # data/test_folds.py
        "test_numbered_classes",  # data/test_class_names.py
        "test_slides_are_told_of",  # data/test_image_groups.py, data/test_duplicates.py
    ),
    "theano_compat/old_names/test_hooks.py": (
        "test_a_module_that_never_was_is_not_found",  # the other tests
        "test_parts_of_a_package_that_is_gone_are_not_loaded_twice",
    ),
    "theano_compat/old_names/test_pytest_collection.py": (
        "test_forms_of_tests[5-",  # with 4
    ),
    "theano_compat/tensor/test_linear_algebra.py": (
        "test_derivatives",  # theano_compat/test_gradient.py
        "test_slinalg",  # PyTensor's own tests
    ),
    "training/test_functions.py": (
        "test_the_graph_scales_bytes",  # test_train.py
    ),
    "test_readme.py": (
        "test_the_graph_that_it_builds_trains",  # test_Lenet5.py
    ),
    "test_train.py": (
        "test_another_seed",  # training/test_loop.py
        "test_the_same_command_gives_the_same_bits_for_any_number_of_threads[1]",  # that of two
    ),
}
# Folders whose tests run in C at night: their graphs are PyTensor's, and compiled by whoever trains.
PLAIN_FOLDERS = ("layers/", "models/", "optim/")
# Files that run just-in-time backends on each push; the others do so at night. XLA alone computes Ops on each push in
# nnet/test_jax.py.
JIT_FILES = (
    "nnet/test_dispatch.py",
    "nnet/test_jax.py",
    "nnet/test_numba.py",
)
# Tests that have the default mode that users have. Programs for Theano have one of their own.
OWN_DEFAULTS = (*JIT_FILES, "theano_compat/")
COMPILED_MODES = frozenset({"c", "jax", "numba", "xla"})
COMPILED_FIXTURES = frozenset({"digits_run", "digits_model", "run_script", "jax_types"})


def at_night() -> bool:
    """Return whether tests take their time."""
    return "TEST_EXAMPLES_TIMES" in os.environ


def some(cases: Iterable[str], *names: str) -> list[str]:
    """Return those of some cases that are tried on each push; at night all of them are."""
    return [name for name in cases if at_night() or name in names]


def examples(number: int) -> int:
    """Return how many examples Hypothesis tries: so many, or ten times as many at night."""
    return number * int(os.environ.get("TEST_EXAMPLES_TIMES", "1"))


class FastTierError(BaseException):
    """A fast test needs what fast tests do without; no `except Exception` passes over it in silence."""


class NoJax(MetaPathFinder):
    """Refuses to import JAX."""

    def find_spec(self, fullname: str, *_: object) -> None:
        """Return that others may look for a module."""
        if fullname == "jax":
            raise FastTierError("JAX in a fast test; see ELSEWHERE in tests/tiers.py")


def only_fast(config: pytest.Config) -> bool:
    """Return whether none but fast tests run, so that nothing else has imported JAX or compiled."""
    return config.option.markexpr == "fast"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass over the files of other tiers where none but fast tests run: to read them takes longer than to run a part."""
    return True if only_fast(config) and is_elsewhere(collection_path) else None


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark the slow tests of whole files, and the fast tests."""
    for item in items:
        name = item.path.relative_to(TESTS).as_posix()
        mode = getattr(getattr(item, "callspec", None), "params", {}).get("mode_name")
        if (
            name in NIGHTLY
            or item.name.startswith(NIGHTLY_TESTS.get(name, ()))
            or mode == "xla"
            or (mode in ("jax", "numba") and name not in JIT_FILES)
            or (mode == "c" and name.startswith(PLAIN_FOLDERS))
        ):
            item.add_marker("slow")
        if is_fast(item):
            item.add_marker("fast")


def is_fast(item: pytest.Item) -> bool:
    """Return whether a test is of the first tier."""
    arguments = getattr(getattr(item, "callspec", None), "params", {})
    return not (
        item.get_closest_marker("slow")
        or arguments.get("mode_name") in COMPILED_MODES
        or COMPILED_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        or is_elsewhere(item.path)
    )


@cache
def is_elsewhere(path: Path) -> bool:
    """Return whether `ELSEWHERE` names a file or a folder that it is in."""
    return any(path.is_relative_to(TESTS / name) for name in ELSEWHERE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Keep the tests of a run of the fast ones, with their fixtures, from what fast tests do without.

    All but those of `OWN_DEFAULTS` have Python as the default mode, in which some Ops compile a graph of their own,
    whatever the mode of the graph around it; Numba takes seconds.
    """
    from pytensor import config

    name = item.path.relative_to(TESTS).as_posix()
    with (
        no_compilers() if only_fast(item.config) else nullcontext(),
        nullcontext() if name.startswith(OWN_DEFAULTS) else config.change_flags(linker="py"),
    ):
        return (yield)


@contextmanager
def no_compilers() -> Iterator[None]:
    """Have processes, C++ modules and the import of JAX raise `FastTierError`."""
    from joblib import cpu_count
    from pytensor import config  # once conftest.py has set its flags

    # Each starts a process, the first time.
    platform.processor()
    str(config.compiledir)
    cpu_count(only_physical_cores=True)
    finder = NoJax()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", refuse_process)
        if cmodule := sys.modules.get("pytensor.link.c.cmodule"):
            patch.setattr(cmodule.ModuleCache, "module_from_key", refuse_module)
        if base := sys.modules.get("lenet.nnet.ops.base"):
            patch.setattr(base.CFileOp, "load", refuse_module)
        sys.meta_path.insert(0, finder)  # into the list itself: tests may add to it, too
        try:
            yield
        finally:
            sys.meta_path.remove(finder)


def refuse_process(process: subprocess.Popen, command: object, *_: object, **__: object) -> None:
    """Stand for the start of a process."""
    process._child_created = False  # for its destructor
    raise FastTierError(f"a process in a fast test: {command}; see ELSEWHERE in tests/tiers.py")


def refuse_module(*_: object, **__: object) -> None:
    """Stand for a C++ module or kernel, compiled or found in a cache."""
    raise FastTierError("a C++ module in a fast test; see ELSEWHERE in tests/tiers.py")
