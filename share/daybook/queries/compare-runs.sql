-- title: What differs between two runs
-- text: Configuration, fingerprint of the data, status and summary; null where one lacks it.
-- parameter a run required: one of them
-- parameter b run required: the other
SELECT kind, name, a, b FROM compare_runs($a, $b);
