"""The plain loop of engine_bench.cc, as numba compiles it.

    engine_peer.py BARS fixed_stop SYMBOLS BARS_EACH CALLS STOP TAKE_PROFIT
    engine_peer.py BARS trailing_stop SYMBOLS BARS_EACH CALLS ACTIVATION TRAIL HARD_STOP

BARS holds doubles: of each symbol all opens, then highs, lows and closes.  Prints bar steps a
second by one thread, and how many there were; compiling is not measured.
"""
import sys
import time

import numba
import numpy


@numba.njit
def result_of(bars, exit_bar, price):
    """What a trade is worth, once its exit is known: net, adverse excursion, tail capture."""
    entry = bars[3, 0]
    low = numpy.inf
    high = 0.0
    for i in range(1, exit_bar + 1):
        low = min(low, bars[2, i])
        high = max(high, bars[1, i])
    gross = (price / entry - 1) * 1e4
    net = (price * 0.996 / (entry * 1.004) - 1) * 1e4
    return net, min(0.0, (low / entry - 1) * 1e4), gross / ((high / entry - 1) * 1e4)


@numba.njit
def fixed_stop(bars, policy):
    """The bar of the exit, and its price."""
    stop = bars[3, 0] * (1 - policy[0])
    profit = bars[3, 0] * (1 + policy[1])
    last = bars.shape[1] - 1
    for i in range(1, last + 1):
        if bars[2, i] <= stop:
            return i, min(bars[0, i], stop)
        if bars[1, i] >= profit:
            return i, max(bars[0, i], profit)
    return last, bars[3, last]


@numba.njit
def trailing_stop(bars, policy):
    """The same; the stop is of the peak before the bar."""
    hard = bars[3, 0] * (1 - policy[2])
    activation = bars[3, 0] * (1 + policy[0])
    active = False
    peak = 0.0
    last = bars.shape[1] - 1
    for i in range(1, last + 1):
        stop = max(hard, peak * (1 - policy[1])) if active else hard
        if bars[2, i] <= stop:
            return i, min(bars[0, i], stop)
        if bars[1, i] >= activation:
            active = True
        if active:
            peak = max(peak, bars[1, i])
    return last, bars[3, last]


@numba.njit
def run_fixed_stop(symbols, policy, trades):
    """Fills a row of `trades` a call; the bar steps that took."""
    steps = 0
    for call in range(trades.shape[0]):
        bars = symbols[call % symbols.shape[0]]
        exit_bar, price = fixed_stop(bars, policy)
        trades[call, 0], trades[call, 1], trades[call, 2] = result_of(bars, exit_bar, price)
        steps += exit_bar + 1
    return steps


@numba.njit
def run_trailing_stop(symbols, policy, trades):
    """The same."""
    steps = 0
    for call in range(trades.shape[0]):
        bars = symbols[call % symbols.shape[0]]
        exit_bar, price = trailing_stop(bars, policy)
        trades[call, 0], trades[call, 1], trades[call, 2] = result_of(bars, exit_bar, price)
        steps += exit_bar + 1
    return steps


def main():
    """Compiles on one call, then measures."""
    path, kind = sys.argv[1:3]
    symbols, bars, calls = (int(word) for word in sys.argv[3:6])
    policy = numpy.array([float(word) for word in sys.argv[6:]])
    candles = numpy.fromfile(path).reshape(symbols, 4, bars)
    run = {"fixed_stop": run_fixed_stop, "trailing_stop": run_trailing_stop}[kind]
    run(candles, policy, numpy.empty((1, 3)))
    trades = numpy.empty((calls, 3))
    begin = time.perf_counter()
    steps = run(candles, policy, trades)
    print(steps / (time.perf_counter() - begin), steps)


main()
