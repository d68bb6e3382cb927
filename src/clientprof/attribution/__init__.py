"""From a recording to answers: layers, ledger, blame, call trees, counters, findings. Reads recordings, measures nothing.

What others call stands beside the rooms and is not called from inside them:

* ``trace_result``: the clients of a trace, their comparison, findings and notices
* ``client_result``: one client of a recording
* ``comparison_result``: the arms of a comparison
* ``sweep_result``: costs over n
* ``explanation_result``: experiments and the staircase
* ``export_material``: what exporters need beside a result
* ``programs.program_result``: a program that clientprof did not write

The rooms: ``costs`` (CPU), ``ledger`` (wall time), ``waits`` (time without computing), ``differences``, ``experiments``,
``findings``, ``notices``, ``programs``.
"""
