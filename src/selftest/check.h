// What one look of the self-test came to, and what its stages share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace daybook::selftest {

enum class Verdict {
    kGood,
    kNote,  // worth knowing; Daybook's promises do not depend on it, or say so themselves
    kBad,   // a promise does not hold here
};
const char* to_string(Verdict verdict);

struct Check {
    std::string stage{};   // a stable name: "traits", "speed", "kills", "faults", "verify"
    std::string name{};    // what was looked at
    std::string result{};  // for people
    Verdict verdict = Verdict::kGood;
    std::optional<double> value{};  // the same as a number, where it is one
    bool operator==(const Check&) const = default;
};
using Checks = std::vector<Check>;

// What every stage needs to know.
struct StageContext {
    std::string dir{};      // the stage's own, empty, on the file system that is tested
    std::string program{};  // the daybook program, for stages that start processes
    std::uint64_t seed = 0;
    std::int64_t budget_ns = 0;                   // how long it should take
    const std::atomic<bool>* stop = nullptr;      // the user has asked to stop
    std::function<void(double part)> progress{};  // from 0 to 1
    std::uint64_t bytes_max = UINT64_MAX;         // how much a stage may write, about
    // Why power loss is not survived here; empty if it is.
    std::string not_durable{};
};

// When a stage has used its time up, or is to stop.
class Deadline {
public:
    explicit Deadline(const StageContext& context)
        : context_(context), began_ns_(system_clock().monotonic_ns()) {}

    bool passed() const { return elapsed_ns() >= context_.budget_ns || stopped(); }
    bool stopped() const {
        return context_.stop != nullptr && context_.stop->load(std::memory_order_relaxed);
    }
    void show() const {
        if (!context_.progress || context_.budget_ns == 0) return;
        context_.progress(static_cast<double>(elapsed_ns()) /
                          static_cast<double>(context_.budget_ns));
    }

private:
    std::int64_t elapsed_ns() const { return system_clock().monotonic_ns() - began_ns_; }

    const StageContext& context_;
    std::int64_t began_ns_;
};

}  // namespace daybook::selftest
