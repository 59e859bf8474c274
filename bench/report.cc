#include "report.h"

#include <cstdio>

#include <fmt/format.h>

namespace daybook::bench {
namespace {

// 1234567 as "1,234,567".
std::string grouped(double value) {
    std::string digits = fmt::format("{:.0f}", value);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

std::string shown(double value, Unit unit) {
    switch (unit) {
        case Unit::kPerSecond: return grouped(value) + " /s";
        case Unit::kMicroseconds: return fmt::format("{:.2f} us", value);
        case Unit::kMilliseconds: return fmt::format("{:.2f} ms", value);
        case Unit::kSeconds: return fmt::format("{:.2f} s", value);
        case Unit::kMegabytes: return grouped(value) + " MB";
        case Unit::kRatio: return fmt::format("{:.2f} x", value);
    }
    return "";
}

bool holds(const Figure& figure) {
    switch (figure.bound) {
        case Bound::kNone: return true;
        case Bound::kAtLeast: return figure.value >= figure.target;
        case Bound::kAtMost: return figure.value <= figure.target;
    }
    return false;
}

}  // namespace

void Report::group(const std::string& title) { fmt::print("\n{}\n", title); }

void Report::add(const Figure& figure) {
    const std::string value = shown(figure.value, figure.unit);
    if (figure.bound == Bound::kNone) {
        fmt::print("  {:<46}{:>16}\n", figure.what, value);
    } else {
        ++figures_;
        const bool kept = holds(figure);
        if (!kept) missed_.push_back(figure.what);
        fmt::print("  {:<46}{:>16}   {} {:<14} {}\n", figure.what, value,
                   figure.bound == Bound::kAtLeast ? ">=" : "<=", shown(figure.target, figure.unit),
                   kept ? "ok" : "MISSED");
    }
    std::fflush(stdout);
}

void Report::add_peer(const std::string& name, const Sample& sample) {
    add({.what = name, .value = sample.value});
    if (sample.p99_us == 0) return;
    fmt::print(
        "  {:<46}{:>16}\n", "  p50 / p99 / p99.9",
        fmt::format("{:.2f} / {:.2f} / {:.2f} us", sample.p50_us, sample.p99_us, sample.p999_us));
}

bool Report::finish() const {
    fmt::print("\n{} of {} targets met\n", figures_ - static_cast<int>(missed_.size()), figures_);
    for (const std::string& what : missed_) fmt::print("missed: {}\n", what);
    return missed_.empty();
}

}  // namespace daybook::bench
