"""From a recording to answers: layers, ledger, blame, call trees, counters, findings. Reads recordings, measures nothing."""
