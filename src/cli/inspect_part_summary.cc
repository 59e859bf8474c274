#include "cli/inspect_part_summary.h"

#include <algorithm>

#include "base/limits.h"
#include "log/tail.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::cli {
namespace {

std::string describe(const log::Tail& tail) {
    switch (tail.verdict) {
        case log::Tail::Verdict::kContinue:
            return fmt::format("sound: the next line has seq {}", tail.next_seq.value());
        case log::Tail::Verdict::kTorn:
            return fmt::format("torn from offset {} on: the next writer cuts it off",
                               tail.whole.value());
        case log::Tail::Verdict::kDoubt: break;
    }
    return "in doubt: " + tail.reason + "; nobody continues it";
}

// "part-000001.seal.json" beside "part-000001.jsonl".
std::string beside(const std::string& path, std::string_view suffix) {
    constexpr std::string_view kPart = ".jsonl";
    const std::size_t stem = path.ends_with(kPart) ? path.size() - kPart.size() : path.size();
    return path.substr(0, stem) + std::string(suffix);
}

}  // namespace

void PartSummary::see(const log::Line& line) {
    switch (line.kind) {
        case log::LineKind::kDamaged: ++damaged_; return;
        case log::LineKind::kForeign: ++foreign_; return;
        case log::LineKind::kOurs: break;
    }
    ++ours_;
    synced_ = std::max(synced_, line.synced);
    if (line.seq <= last_) {
        ++out_of_order_;
        return;
    }
    missing_ += line.seq.value() - last_.value() - 1;
    if (first_ == log::Seq(0)) first_ = line.seq;
    last_ = line.seq;
}

Result<std::vector<std::pair<std::string, std::string>>> PartSummary::fields(
    const std::string& path, std::string_view bytes) const {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    // A file system without locks has no writer of ours.
    const Result<bool> locked = os::is_locked(fd.get(), path);
    ASSIGN_OR_RETURN(const bool sealed, os::exists(beside(path, ".seal.json")));
    ASSIGN_OR_RETURN(const bool bad, os::exists(beside(path, ".bad")));
    const std::string_view end = bytes.substr(bytes.size() - std::min(bytes.size(), kTailBytesMax));
    const std::uint64_t cut =
        synced_ > last_ ? synced_.value() - last_.value() : 0;  // A sync names later lines.
    return std::vector<std::pair<std::string, std::string>>{
        {"bytes", fmt::format("{}", bytes.size())},
        {"lines", fmt::format("{}", ours_ + foreign_ + damaged_)},
        {"good", fmt::format("{}", ours_)},
        {"foreign", fmt::format("{}", foreign_)},
        {"damaged", fmt::format("{}", damaged_)},
        {"seq", ours_ == 0 ? "none" : fmt::format("{} to {}", first_.value(), last_.value())},
        {"missing", fmt::format("{}", missing_ + cut)},
        {"out of order", fmt::format("{}", out_of_order_)},
        {"synced", synced_ == log::Seq(0) ? "never said" : fmt::format("{}", synced_.value())},
        {"tail", describe(log::judge_tail(end, ByteOffset(bytes.size())))},
        {"held by a writer", locked.value_or(false) ? "yes" : "no"},
        {"sealed", sealed ? "yes" : "no"},
        {"marked bad", bad ? "yes: a sync of it failed" : "no"}};
}

}  // namespace daybook::cli
