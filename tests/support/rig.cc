#include "support/rig.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/random.h"

namespace daybook::testing {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

[[noreturn]] void usage(const std::string& name, std::string_view problem) {
    fmt::print(stderr,
               "rig {}: {}\n"
               "usage: [--seed N] [--count N] [--case N] [--dir DIR]\n",
               name, problem);
    std::exit(2);
}

std::uint64_t number_of(const std::string& name, std::string_view flag, std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        usage(name, fmt::format("{}: found '{}', expected a number", flag, text));
    }
    return value;
}

}  // namespace

Rig::Rig(std::string name, int argc, char** argv, std::uint64_t default_count)
    : name_(std::move(name)), began_ns_(system_clock().monotonic_ns()), shown_ns_(began_ns_) {
    options_.seed = random_seed() % 1'000'000'000;
    options_.count = default_count;
    for (int i = 1; i < argc; i += 2) {
        const std::string_view flag = argv[i];
        if (i + 1 == argc) usage(name_, fmt::format("{}: its value is missing", flag));
        const std::string_view value = argv[i + 1];
        if (flag == "--seed") {
            options_.seed = number_of(name_, flag, value);
        } else if (flag == "--count") {
            options_.count = number_of(name_, flag, value);
        } else if (flag == "--case") {
            options_.only = number_of(name_, flag, value);
        } else if (flag == "--dir") {
            options_.dir = value;
        } else {
            usage(name_, fmt::format("unknown flag '{}'", flag));
        }
    }
    // A case of a long run is replayed by its number alone.
    if (options_.only) options_.count = std::max(options_.count, *options_.only + 1);
}

bool Rig::begin_case(std::uint64_t number) {
    case_ = number;
    if (options_.only && *options_.only != number) return false;
    ++cases_;
    const std::int64_t now_ns = system_clock().monotonic_ns();
    if (now_ns - shown_ns_ > kSecondNs && ::isatty(STDERR_FILENO) == 1) {
        fmt::print(stderr, "\rrig {}: {} of {} cases, {} failures ", name_, number, options_.count,
                   failures_);
        shown_ns_ = now_ns;
    }
    return true;
}

void Rig::fail(std::string_view what) {
    ++failures_;
    fmt::print("rig {}: case {} failed: {}\n  replay: make rig-{} SEED={} CASE={}\n", name_, case_,
               what, name_, options_.seed, case_);
    (void)std::fflush(stdout);
}

void Rig::note(std::string_view figure, std::uint64_t value) {
    figures_ += fmt::format(", {} {}", value, figure);
}

int Rig::finish() {
    const double seconds =
        static_cast<double>(system_clock().monotonic_ns() - began_ns_) / kSecondNs;
    fmt::print("rig {}: {}: {} cases{}, {} failures, {:.1f} s, seed {}\n", name_,
               failures_ == 0 ? "passed" : "FAILED", cases_, figures_, failures_, seconds,
               options_.seed);
    return failures_ == 0 ? 0 : 1;
}

int Rig::cannot_run(std::string_view reason) const {
    fmt::print("rig {}: cannot be run here: {}\n", name_, reason);
    return kCannotRun;
}

}  // namespace daybook::testing
