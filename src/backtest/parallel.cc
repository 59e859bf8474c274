#include "backtest/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace daybook::backtest {
namespace {

// Large enough that taking one costs nothing, small enough that threads end together.
constexpr std::size_t kItemsAtOnce = 16;

}  // namespace

void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body,
                  const std::function<void(std::size_t)>& progress) {
    if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
    const std::size_t useful = (count + kItemsAtOnce - 1) / kItemsAtOnce;
    const std::size_t workers = std::min<std::size_t>(threads, std::max<std::size_t>(useful, 1));

    std::atomic<std::size_t> next{0};
    const auto work = [&](bool reports) {
        for (;;) {
            const std::size_t begin = next.fetch_add(kItemsAtOnce);
            if (begin >= count) return;
            const std::size_t end = std::min(begin + kItemsAtOnce, count);
            for (std::size_t i = begin; i < end; ++i) body(i);
            if (reports && progress) progress(end);
        }
    };
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < workers; ++i) others.emplace_back(work, false);
    work(true);
}

}  // namespace daybook::backtest
