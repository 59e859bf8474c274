-- Calls for the demo, derived from daily prices by three plain rules ("callers"):
--
--   breakout_20   the close is above the highest high of the 20 bars before, for the first time in a
--                 row: a trend may have begun
--   dip_5pct      the close is at least 5 % below the close five bars (a trading week) before, for the
--                 first time in a row: a fall may be over
--   golden_cross  the mean of the last 50 closes rises above the mean of the last 200
--
-- A rule looks at its own bar and at earlier ones, never ahead.  The bar of day D is known when D is
-- over, so a call is made at 00:00 of the day after: no trade sees the bar that caused it.
--
-- Variables: `prices` (CSV: date, open, high, low, close, volume) and `symbol`.
-- Result: id, caller, mint, created_at.
WITH bars AS (
    SELECT date, high, close, row_number() OVER (ORDER BY date) AS bar
    FROM read_csv(getvariable('prices'), columns = {
        'date': 'DATE', 'open': 'DOUBLE', 'high': 'DOUBLE', 'low': 'DOUBLE', 'close': 'DOUBLE',
        'volume': 'DOUBLE'})
),
measured AS (
    SELECT date, bar, close,
           max(high) OVER (ORDER BY bar ROWS BETWEEN 20 PRECEDING AND 1 PRECEDING) AS high_20,
           lag(close, 5) OVER (ORDER BY bar) AS close_5,
           avg(close) OVER (ORDER BY bar ROWS BETWEEN 49 PRECEDING AND CURRENT ROW) AS mean_50,
           avg(close) OVER (ORDER BY bar ROWS BETWEEN 199 PRECEDING AND CURRENT ROW) AS mean_200
    FROM bars
),
-- Nothing holds until a rule has all the bars it looks at.
states AS (
    SELECT date, bar, 'breakout_20' AS caller, bar > 20 AND close > high_20 AS holds FROM measured
    UNION ALL
    SELECT date, bar, 'dip_5pct', bar > 5 AND close <= 0.95 * close_5 FROM measured
    UNION ALL
    SELECT date, bar, 'golden_cross', bar > 200 AND mean_50 > mean_200 FROM measured
    WHERE bar >= 200
),
-- A call is made on the bar on which a rule begins to hold.
signals AS (
    SELECT date, caller, holds AND NOT lag(holds, 1, true) OVER (PARTITION BY caller ORDER BY bar)
               AS begins
    FROM states
)
SELECT caller || '-' || strftime(date, '%Y%m%d') AS id,
       caller,
       getvariable('symbol') AS mint,
       strftime(date + INTERVAL 1 DAY, '%Y-%m-%dT%H:%M:%SZ') AS created_at
FROM signals
WHERE begins
ORDER BY created_at, id
