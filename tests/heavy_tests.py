"""Which tests of the default run would make it too long: they run with ``-m slow``, in ``.ci/run``.

A file that runs every client through every instrument keeps the clients named here in the default run; the others differ
from them in their adapters, which the contract tests hold against the real packages every time.
"""

ALWAYS = frozenset({"httpx", "aiohttp", "requests"})
EVERY_CLIENT = frozenset(
    {
        "probes/test_nothing_left_behind.py",
        "workload/workers/test_blocking_workers.py",
        "workload/test_loops.py",
        "workload/workers/test_rounds_verify.py",
        "workload/workers/test_worker_connections.py",
        "workload/workers/test_worker_runs.py",
    }
)
# Where Pythons differ for us: folders with all that lies in them, and files with traces of every kind. Run on each supported
# Python in `.ci/run`.
PORTABLE = frozenset(
    {
        "clients",
        "probes",
        "recording",
        "virtual",
        "workload",
        "cli/trace/test_trace_loops.py",
        "cli/trace/test_trace_shapes.py",
    }
)
# In these folders, and the same on every Python: how processes are started, paced, and given up.
SAME_EVERYWHERE = frozenset(
    {
        "workload/workers/test_lockstep.py",
        "workload/workers/test_started_ahead.py",
        "workload/workers/test_worker_failures.py",
    }
)
# A third of the portable tests' time. 3.11 runs them by default; what has changed between it and 3.14 is for the other
# portable tests, and for the same ones on 3.14, to see.
ONLY_ON_NEWEST = frozenset(
    {
        "cli/trace/test_trace_shapes.py",
        "probes/test_nothing_left_behind.py",
        "recording/test_dataclass_json.py",
        "workload/test_loops.py",
        "workload/workers/test_worker_runs.py",
    }
)
# Files that take longest, by CPU. Each is one worker's, so they begin first, and no core stands idle at the end of a run.
LONGEST_FIRST = (
    "probes/test_nothing_left_behind.py",
    "workload/test_loops.py",
    "experiments/programs/undisturbed/test_programs_do_not_notice.py",
    "experiments/programs/test_planted_programs.py",
    "cli/files/test_export_command.py",
    "cli/trace/test_trace_shapes.py",
    "cli/differences/test_compare_command.py",
    "experiments/planted/test_planted_waits.py",
    "experiments/programs/test_waits_of_programs.py",
    "experiments/suspects/test_suspect_patches.py",
    "workload/workers/test_worker_runs.py",
    "workload/workers/test_lockstep.py",
    "experiments/sources/test_source_builds.py",
    "experiments/environments/test_environment_store.py",
    "programs/routes/test_route_accounts.py",
    "report/browser/test_axe_browser.py",
    "workload/test_changes.py",
    "experiments/differences/test_comparisons_that_cannot_finish.py",
    "cli/programs/test_program_files.py",
    "cli/trace/test_trace_results.py",
    "cli/trace/test_trace_cut_short.py",
    "report/browser/test_print_browser.py",
    "workload/test_changed_seams.py",
    "workload/workers/test_worker_failures.py",
    "workload/workers/test_blocking_workers.py",
)
# Comparisons and traces of tens of seconds, and one accuracy run that needs the machine to itself.
WHOLE_RUNS = frozenset(
    {
        "test_a_client_against_itself_is_never_called_faster_or_slower",
        "test_a_comparison_goes_on_where_it_was_cut_short",
        "test_a_failed_request_fails_the_comparison",
        "test_a_sweep_measures_every_client_at_every_n_and_is_rendered_again",
        "test_both_clients_run_on_uvloop_and_are_seen_whole",
        "test_blocks_end_at_their_limit_and_each_has_fresh_processes_of_every_arm",
        "test_blocks_stop_when_the_interval_is_narrow_enough",
        "test_a_client_against_itself",
        "test_tls_with_a_limit_and_a_delay",
        "test_a_worker_that_hangs_is_stopped_at_the_timeout_and_the_runs_before_are_kept",
        "test_two_traces_into_one_folder_do_not_touch_each_other",
        "test_a_worker_that_ignores_the_request_to_end_is_killed",
        "test_a_quick_run_prints_its_json_and_can_be_rendered_again",
        "test_two_versions_are_measured_each_as_itself",
        "test_what_cannot_be_had_is_refused_before_anything_runs",
        "test_every_block_has_each_arm_in_a_fresh_process_on_the_clients_core",
        "test_app_and_origin_count_the_same_requests_and_none_fails",
        "test_work_early_and_late_in_a_burst_gets_its_share",
        "test_any_two_patches_go_together_in_either_order",
        "test_trio_goes_without_the_default_baseline_and_says_so",
    }
)
