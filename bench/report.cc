#include "report.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace daybook::bench {
namespace {

constexpr std::string_view kRow = "{:<44}{:<9}{:>15}  {:<38}{:>15}{:>9}  {:<16}{}\n";

// 1234567 as "1,234,567".
std::string grouped(double value) {
    std::string digits = fmt::format("{:.0f}", value);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

std::string_view name_of(Unit unit) {
    switch (unit) {
        case Unit::kPerSecond: return "/s";
        case Unit::kMicroseconds: return "us";
        case Unit::kMilliseconds: return "ms";
        case Unit::kSeconds: return "s";
        case Unit::kMegabytes: return "MB";
        case Unit::kGbPerSecond: return "GB/s";
        case Unit::kCount: return "";
    }
    return "";
}

std::string shown(double value, Unit unit) {
    const bool whole = unit == Unit::kPerSecond || unit == Unit::kMegabytes || unit == Unit::kCount;
    return fmt::format("{} {}", whole ? grouped(value) : fmt::format("{:.2f}", value),
                       name_of(unit));
}

std::string shown_target(const Figure& figure) {
    const Target& target = figure.target;
    if (target.of == Target::Of::kNothing) return "";
    return fmt::format("{} {}", target.bound == Target::Bound::kAtLeast ? ">=" : "<=",
                       target.of == Target::Of::kRatio ? fmt::format("{:g} x", target.limit)
                                                       : shown(target.limit, figure.unit));
}

std::string_view verdict(const Figure& figure) {
    if (figure.target.of == Target::Of::kNothing) return "";
    return figure.met() ? "ok" : "MISSED";
}

nlohmann::ordered_json document(const Figure& figure) {
    nlohmann::ordered_json json = {{"figure", figure.what},
                                   {"durability", figure.durability},
                                   {"value", figure.value},
                                   {"unit", name_of(figure.unit)}};
    if (!figure.peer.empty()) {
        json["peer"] = figure.peer;
        json["peer_value"] = figure.peer_value;
        json["ratio"] = figure.ratio();
    }
    if (figure.target.of != Target::Of::kNothing) {
        const Target& target = figure.target;
        json["target"] = {{"of", target.of == Target::Of::kRatio ? "ratio" : "value"},
                          {"bound", target.bound == Target::Bound::kAtLeast ? ">=" : "<="},
                          {"limit", target.limit},
                          {"met", figure.met()}};
    }
    return json;
}

}  // namespace

bool Figure::met() const {
    if (target.of == Target::Of::kNothing) return true;
    const double measured = target.of == Target::Of::kRatio ? ratio() : value;
    return target.bound == Target::Bound::kAtLeast ? measured >= target.limit
                                                   : measured <= target.limit;
}

void Report::begin(const std::string& conditions) {
    conditions_ = conditions;
    if (format_ != Format::kTable) return;
    fmt::print("{}\n\n", conditions);
    fmt::print(fmt::runtime(kRow), "figure", "class", "measured", "beside", "", "ratio", "target",
               "");
}

void Report::add(const Figure& figure) {
    figures_.push_back(figure);
    if (format_ != Format::kTable) return;
    const bool has_peer = !figure.peer.empty();
    fmt::print(fmt::runtime(kRow), figure.what, figure.durability, shown(figure.value, figure.unit),
               figure.peer, has_peer ? shown(figure.peer_value, figure.unit) : "",
               has_peer ? fmt::format("{:.2f} x", figure.ratio()) : "", shown_target(figure),
               verdict(figure));
    std::fflush(stdout);
}

void Report::add_note(const std::string& note) {
    notes_.push_back(note);
    if (format_ == Format::kTable) fmt::print("  {}\n", note);
}

bool Report::finish() const {
    const auto has_target = [](const Figure& figure) {
        return figure.target.of != Target::Of::kNothing;
    };
    const auto targets = std::ranges::count_if(figures_, has_target);
    const auto met = std::ranges::count_if(
        figures_, [&](const Figure& figure) { return has_target(figure) && figure.met(); });
    if (format_ == Format::kTable) {
        fmt::print("\n{} of {} targets met\n", met, targets);
    } else {
        nlohmann::ordered_json json = {{"conditions", conditions_},
                                       {"targets", targets},
                                       {"met", met},
                                       {"notes", notes_},
                                       {"figures", nlohmann::ordered_json::array()}};
        for (const Figure& figure : figures_) json["figures"].push_back(document(figure));
        fmt::print("{}\n", json.dump(2));
    }
    return met == targets;
}

}  // namespace daybook::bench
