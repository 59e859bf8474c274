#include "crash/inventory.h"

#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/file.h"

namespace daybook::testing {
namespace {

// A failing storm would else print every one of its events.
constexpr std::size_t kProblemsMax = 20;

struct EventName {
    std::string_view name;
    std::uint32_t number = 0;
};

std::optional<EventName> name_of(std::string_view line) {
    constexpr std::string_view kKey = R"("trial_id":")";
    const std::size_t at = line.find(kKey);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view id = line.substr(at + kKey.size());
    id = id.substr(0, id.find('"'));
    const std::size_t dash = id.rfind('-');
    if (dash == std::string_view::npos) return std::nullopt;
    EventName found{.name = id.substr(0, dash)};
    const auto parsed = std::from_chars(id.data() + dash + 1, id.data() + id.size(), found.number);
    if (parsed.ec != std::errc() || parsed.ptr != id.data() + id.size()) return std::nullopt;
    return found;
}

void add_event(const EventName& event, Inventory& inventory) {
    auto found = inventory.copies.find(event.name);
    if (found == inventory.copies.end()) {
        found = inventory.copies.emplace(event.name, std::vector<std::uint8_t>()).first;
    }
    std::vector<std::uint8_t>& counts = found->second;
    if (counts.size() <= event.number) counts.resize(event.number + 1);
    std::uint8_t& count = counts[event.number];
    if (count < std::numeric_limits<std::uint8_t>::max()) ++count;
}

void look_through(const log::Layout& layout, const log::PartId& part, ByteOffset from,
                  Inventory& inventory) {
    log::PartReader reader = log::PartReader::open(layout, part, from).value();
    std::optional<log::Seq> last;
    if (from == ByteOffset(0)) last = log::Seq(0);
    while (const std::optional<log::Line> line = reader.next().value()) {
        const auto problem = [&](std::string_view what) {
            inventory.problems.push_back(
                fmt::format("{} at {}: {}", log::to_string(part), line->offset.value(), what));
        };
        if (line->kind != log::LineKind::kOurs) {
            problem(line->kind == log::LineKind::kForeign ? "foreign" : to_string(line->damage));
            continue;
        }
        if (last && line->seq != *last + 1) {
            problem(fmt::format("seq {} after {}", line->seq.value(), last->value()));
        }
        last = line->seq;
        if (const std::optional<EventName> event = name_of(line->body)) {
            add_event(*event, inventory);
        } else {
            problem("an event that no writer of the storm wrote");
        }
    }
    if (reader.offset() < reader.size()) ++inventory.torn;
}

}  // namespace

int Inventory::count(std::string_view name, std::uint32_t number) const {
    const auto found = copies.find(name);
    if (found == copies.end() || number >= found->second.size()) return 0;
    return found->second[number];
}

std::size_t Inventory::events() const {
    std::size_t events = 0;
    for (const auto& [name, counts] : copies) {
        for (const std::uint8_t count : counts) events += count > 0 ? std::size_t{1} : 0;
    }
    return events;
}

Inventory take_inventory(const log::Layout& layout, const Beginnings& beginnings) {
    Inventory inventory;
    const std::vector<log::PartInfo> parts = log::list_parts(layout).value();
    for (const log::PartInfo& part : parts) {
        const auto known = beginnings.find(part.id);
        look_through(layout, part.id, known == beginnings.end() ? ByteOffset(0) : known->second,
                     inventory);
    }
    inventory.parts = static_cast<int>(parts.size());
    if (const auto evidence = os::list_dir(layout.torn_dir())) {
        // What a writer had not yet renamed when it was killed is no evidence yet.
        for (const os::DirEntry& entry : *evidence) {
            if (entry.name.ends_with(".bytes")) ++inventory.torn;
        }
    }
    return inventory;
}

std::vector<std::string> broken_promises(const Inventory& inventory, const StormOutcome& outcome,
                                         Copies copies) {
    std::vector<std::string> problems = inventory.problems;
    if (outcome.failures != 0) {
        problems.push_back(fmt::format("{} writers ended with an error", outcome.failures));
    }
    if (inventory.torn > outcome.kills) {
        problems.push_back(
            fmt::format("{} torn tails, but only {} kills", inventory.torn, outcome.kills));
    }
    for (const auto& [name, acknowledged] : outcome.acknowledged) {
        for (std::uint32_t i = acknowledged.first; i <= acknowledged.last; ++i) {
            if (inventory.count(name, i) > 0) continue;
            problems.push_back(fmt::format("{}-{} was acknowledged and is lost", name, i));
        }
    }
    for (const auto& [name, counts] : inventory.copies) {
        for (std::size_t i = 0; i < counts.size() && copies == Copies::kNone; ++i) {
            if (counts[i] < 2) continue;
            problems.push_back(fmt::format("{}-{} is there {} times", name, i, counts[i]));
        }
    }
    if (problems.size() > kProblemsMax) {
        const std::size_t more = problems.size() - kProblemsMax;
        problems.resize(kProblemsMax);
        problems.push_back(fmt::format("and {} more", more));
    }
    return problems;
}

void expect_kept(const log::Layout& layout, const StormOutcome& outcome) {
    EXPECT_EQ(broken_promises(take_inventory(layout), outcome), std::vector<std::string>{});
}

}  // namespace daybook::testing
