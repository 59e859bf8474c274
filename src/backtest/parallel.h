// Work on many items by several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace daybook::backtest {

// Calls `body(i)` once for each i in [0, count), from `threads` threads (0: one for each
// processor), the caller's among them.  Each call must write to a place of its own; then the
// outcome does not depend on the number of threads.  `progress(done)`, if set, is called now and
// then by the caller's thread.
void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body,
                  const std::function<void(std::size_t)>& progress = {});

}  // namespace daybook::backtest
