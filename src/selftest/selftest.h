// `daybook selftest`: does Daybook keep its promises on this disk?
//
// Everything is tried where the ledger would lie: what the file system can do, how long it takes,
// processes that are killed, calls that fail, and a look at every line at the end.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "selftest/check.h"
#include "selftest/latency.h"
#include "selftest/traits.h"

namespace daybook::selftest {

struct Options {
    std::string dir;      // must be there; a directory is made in it, and removed again
    std::string program;  // the daybook program, which workers are started as
    int seconds = 60;
    std::uint64_t seed = 0;
    bool keep = false;  // leave the directory
    const std::atomic<bool>* stop = nullptr;
    std::function<void(std::string_view stage, double part)> progress{};
};

struct Report {
    Checks checks;
    Speed speed{};
    std::string directory;        // the one that was made
    bool keeps_promises = false;  // nothing that was looked at is bad
    bool survives_power = false;  // and nothing speaks against power loss
    std::string verdict;          // for people, a few sentences
};

// kNotFound, kPermissionDenied, kNoSpace: it could not look.  kCancelled: it was stopped; the
// directory is removed then, too.
Result<Report> run(const Options& options);

// What the checks come to, in words.  A pure function of what was found.
std::string verdict_of(const std::string& dir, const Traits& traits, const Speed& speed,
                       const Checks& checks);

}  // namespace daybook::selftest
