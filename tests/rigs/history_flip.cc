// The decay of a disk: a bit of an event's line flips, and no more than its events may be lost.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rigs/history_run.h"

namespace daybook::testing {
namespace {

std::optional<InodeNumber> find_part(const SimTree& tree, const log::PartId& part) {
    const std::string path = SimLog::layout().part_path(part);
    return tree.find(std::string_view(path).substr(kSimRoot.size()));
}

}  // namespace

// Flips the bit, if there is an event that can be hit.
std::optional<HistoryRun::Flip> HistoryRun::draw_flip() {
    if (last_.parts.empty()) return std::nullopt;
    const ReadPart& part = last_.parts[draw(last_.parts.size())];
    SimTree& tree = log_->fs().tree();
    const std::optional<InodeNumber> inode = find_part(tree, part.id);
    if (part.events.empty() || !inode) return std::nullopt;
    // What is not synced is not the disk's to lose.
    if (tree.inode(*inode).versions.size() > 1) return std::nullopt;

    const std::size_t index = draw(part.events.size());
    const std::uint64_t begin = part.events[index].offset.value();
    SimBytes bytes = tree.inode(*inode).bytes();
    const std::size_t end = bytes.data.find('\n', begin - bytes.zeros);
    const std::size_t at = begin - bytes.zeros + draw(end + 1 - (begin - bytes.zeros));
    // The last newline stays: what a writer that holds the part appends next would be glued to it.
    if (at == end && bytes.data.find('\n', end + 1) == std::string::npos) return std::nullopt;
    const bool joins = at == end && index + 1 < part.events.size() &&
                       part.events[index + 1].offset == ByteOffset(bytes.zeros + end + 1);
    bytes.data[at] = static_cast<char>(bytes.data[at] ^ (1 << draw(8)));
    tree.set_bytes(*inode, std::move(bytes));
    tree.sync(*inode);
    return Flip{.part = part.id, .first = index, .count = joins ? 2U : 1U};
}

std::string HistoryRun::check_flip(const Flip& flip, const Reading& now) const {
    if (!now.problem.empty()) return now.problem;
    if (now.parts.size() != last_.parts.size()) return "a flipped bit has changed the parts";
    for (std::size_t i = 0; i < now.parts.size(); ++i) {
        std::vector<ReadEvent> expected = last_.parts[i].events;
        const bool hit = now.parts[i].id == flip.part;
        if (hit) {
            const auto first = expected.begin() + static_cast<std::ptrdiff_t>(flip.first);
            expected.erase(first, first + static_cast<std::ptrdiff_t>(flip.count));
            // It may have become one with damage behind it.
            if (now.parts[i].damaged < std::max<std::uint64_t>(1, last_.parts[i].damaged)) {
                return fmt::format("{}: a flipped bit was not detected", to_string(flip.part));
            }
        }
        if (now.parts[i].events != expected) {
            return fmt::format("{}: a flipped bit in {} has changed other events than its own",
                               to_string(now.parts[i].id), to_string(flip.part));
        }
    }
    return "";
}

std::string HistoryRun::flip_a_bit() {
    const std::optional<Flip> flip = draw_flip();
    if (!flip) return "";
    ++flips_;
    told_.push_back(fmt::format("a bit flips in {}", to_string(flip->part)));
    Reading now = read_log(log_->fs());
    if (std::string problem = check_flip(*flip, now); !problem.empty()) return problem;
    rotten_.insert(flip->part);
    const std::size_t count = log_->promises().size();
    Reading hit{.parts = {*last_.find(flip->part)}};
    std::vector<ReadEvent>& events = hit.parts.front().events;
    const auto first = events.begin() + static_cast<std::ptrdiff_t>(flip->first);
    events = {first, first + static_cast<std::ptrdiff_t>(flip->count)};
    const std::vector<bool> lost = events_found(hit, count);
    const std::vector<bool> left = events_found(now, count);
    for (std::size_t index = 0; index < count; ++index) {
        if (lost[index]) log_->lose_copy(index, left[index]);
    }
    last_ = std::move(now);
    return "";
}

}  // namespace daybook::testing
