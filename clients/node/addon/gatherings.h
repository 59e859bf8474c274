// The state of the code, gathered beside the program: git may take seconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace daybook::node {

struct Run;

// Those of one thread of JavaScript.  Each has a thread of its own, which never calls JavaScript:
// that may be gone before git has answered.
class Gatherings {
public:
    Gatherings();
    ~Gatherings();
    Gatherings(const Gatherings&) = delete;
    Gatherings& operator=(const Gatherings&) = delete;

    // Begins at once.  `run` is a handle of its own; what cannot be recorded is counted there.
    void begin(std::unique_ptr<Run> run, std::string packages, std::int64_t limit_ms);
    // Waits a moment for what goes on, then lets it come to its end; what is missing then is named
    // in the event.
    void finish();

private:
    class Gathering;
    std::vector<std::unique_ptr<Gathering>> all_;
};

}  // namespace daybook::node
