-- title: Damaged places of the log
-- text: As the index met them; `daybook verify` looks at every byte, `daybook repair` mends.
SELECT part, "offset", length, reason FROM index_damage ORDER BY part, "offset";
