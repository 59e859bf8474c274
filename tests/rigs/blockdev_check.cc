#include "rigs/blockdev_check.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "log/audit.h"
#include "log/scan.h"
#include "os/error.h"
#include "os/file.h"
#include "os/process.h"
#include "support/log_events.h"

namespace daybook::testing {
namespace {

using Parts = std::map<log::PartId, std::string>;

constexpr std::size_t kEvidenceBytesMax = std::size_t{1} << 20;
constexpr int kEvidenceCopiesMax = 20;
constexpr int kRecoveries = 2;

std::size_t whole_bytes(std::string_view bytes) { return bytes.rfind('\n') + 1; }  // npos + 1 is 0.

// Whether torn/ holds exactly `bytes` as what was cut off there.
bool has_evidence(const log::Layout& layout, const log::PartId& part, ByteOffset offset,
                  std::string_view bytes) {
    for (int copy = 1; copy <= kEvidenceCopiesMax; ++copy) {
        const auto evidence =
            os::read_file(layout.torn_path(part, offset, copy), kEvidenceBytesMax);
        if (evidence && *evidence == bytes) return true;
    }
    return false;
}

class Check {
public:
    Check(const log::Layout& layout, const WrittenLog& written, std::uint32_t cut, Restart restart)
        : layout_(layout), written_(written), cut_(cut), restart_(restart) {}

    Result<CrashFindings> run() {
        ASSIGN_OR_RETURN(const Parts before, read_parts(layout_));
        find_promised();
        for (const auto& [part, end] : promised_end_) expect_promised(before, part, end);
        for (const auto& [part, bytes] : before) expect_written(part, bytes);
        for (const Fragment& fragment : written_.fragments) expect_evidence(before, fragment);
        expect_document();
        RETURN_IF_ERROR(audit());
        RETURN_IF_ERROR(recover(before));
        return std::move(found_);
    }

private:
    template <typename... Args>
    void problem(fmt::format_string<Args...> format, Args&&... args) {
        found_.problems.push_back(fmt::format(format, std::forward<Args>(args)...));
    }

    // Where in each part the last line ends that was promised before the cut: all up to there is.
    void find_promised() {
        std::set<std::string_view> promised;
        for (const Promise& promise : written_.promises) {
            if (promise.tape_size <= cut_) promised.insert(promise.event_id);
        }
        found_.promised = promised.size();
        std::size_t seen = 0;
        for (const auto& [part, bytes] : written_.parts) {
            log::Scanner scanner(bytes, ByteOffset(0));
            while (const std::optional<log::Line> line = scanner.next()) {
                if (!promised.contains(event_id_of(line->body))) continue;
                ++seen;
                promised_end_[part] = line->end().value();
            }
        }
        if (seen != promised.size()) {
            problem("{} of {} acknowledged events were in the log before the cut", seen,
                    promised.size());
        }
    }

    void expect_promised(const Parts& before, const log::PartId& part, std::uint64_t end) {
        const auto found = before.find(part);
        if (found == before.end()) {
            return problem("{}: the part is gone; {} bytes of it were acknowledged at power",
                           log::to_string(part), end);
        }
        const std::string& expected = written_.parts.at(part);
        const std::string& bytes = found->second;
        const std::size_t compared = std::min<std::size_t>(bytes.size(), end);
        const auto differ = std::mismatch(
            bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(compared), expected.begin());
        const auto same = static_cast<std::uint64_t>(differ.first - bytes.begin());
        if (same < end) {
            problem(
                "{}: {} of its bytes are as written, and {} were acknowledged at power (it has {})",
                log::to_string(part), same, end, bytes.size());
        }
    }

    // Every whole line is one that was written, there.
    void expect_written(const log::PartId& part, std::string_view bytes) {
        const auto found = written_.parts.find(part);
        const std::string_view expected =
            found == written_.parts.end() ? std::string_view() : std::string_view(found->second);
        log::Scanner scanner(bytes, ByteOffset(0));
        log::Seq last;
        bool gap = false;
        while (const std::optional<log::Line> line = scanner.next()) {
            if (line->kind == log::LineKind::kDamaged) {
                ++found_.damaged;
                continue;
            }
            ++found_.lines;
            const std::uint64_t at = line->offset.value();
            if (at >= expected.size() || expected.substr(at, line->length) != line->text) {
                problem("{}: at {} readers find a line that was never written there: {}",
                        log::to_string(part), at, line->text.substr(0, 200));
            }
            gap = gap || line->seq != last + 1;
            last = line->seq;
        }
        if (!scanner.rest().empty()) ++found_.torn;
        if (gap) ++found_.gaps;
    }

    // Who cuts a torn tail off saves it first, and nothing is written in its place before.
    void expect_evidence(const Parts& before, const Fragment& fragment) {
        const auto found = before.find(fragment.part);
        if (found == before.end()) return;
        const std::uint64_t offset = fragment.offset.value();
        const std::string_view bytes = found->second;
        if (whole_bytes(bytes) <= offset) return;  // Nothing came after it yet.
        log::Scanner scanner(bytes.substr(offset), fragment.offset);
        const std::optional<log::Line> line = scanner.next();
        if (!line || line->kind != log::LineKind::kOurs) return;
        ++found_.written_over;
        if (has_evidence(layout_, fragment.part, fragment.offset, fragment.bytes)) return;
        problem("{}: a torn tail of {} bytes at {} was written over, and torn/ does not have it",
                log::to_string(fragment.part), fragment.bytes.size(), offset);
    }

    // Some version of it, whole, and none before the last that was in place for good.
    void expect_document() {
        const std::vector<std::uint32_t>& versions = written_.document_versions;
        const auto promised = std::ranges::upper_bound(versions, cut_) - versions.begin();
        const std::string path = document_path(layout_);
        const Result<std::string> text = os::read_file(path, kEvidenceBytesMax);
        if (!text) {
            if (promised > 0) problem("version {}: {}", promised, text.error().message());
            return;
        }
        for (auto version = static_cast<std::size_t>(std::max<std::ptrdiff_t>(promised, 1));
             version <= versions.size(); ++version) {
            if (*text == document_text(version)) return;
        }
        problem("{}: version {} was in place before the cut; found {} bytes: {}", path, promised,
                text->size(), text->substr(0, 40));
    }

    // What `verify` says: damage and missing lines may be, but nothing that was promised.
    Status audit() {
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout_));
        for (const log::PartInfo& part : parts) {
            const auto on_finding = [&](const log::Finding& finding) {
                switch (finding.kind) {
                    case log::FindingKind::kDamaged:
                    case log::FindingKind::kMissing:
                    case log::FindingKind::kTorn: return;
                    case log::FindingKind::kLost:
                    case log::FindingKind::kOutOfOrder:
                    case log::FindingKind::kSyncFailed: break;
                }
                problem("{} at {}: {}: {}", log::to_string(finding.part), finding.offset.value(),
                        log::to_string(finding.kind), finding.detail);
            };
            RETURN_IF_ERROR(log::audit_part(layout_, part, [](const log::Line&) {}, on_finding));
        }
        return {};
    }

    // One with a torn tail, if there is any.
    static Day day_to_go_on(const Parts& before) {
        if (before.empty()) return writer_day(0);
        const auto torn = std::ranges::find_if(
            before, [](const auto& part) { return !part.second.ends_with('\n'); });
        return torn == before.end() ? before.rbegin()->first.day : torn->first.day;
    }

    Status recover(const Parts& before) {
        RETURN_IF_ERROR(restart(layout_, restart_));
        const Day day = day_to_go_on(before);
        // As many writers as the day has parts: each that may be continued is.
        const std::ptrdiff_t parts =
            std::ranges::count_if(before, [&](const auto& part) { return part.first.day == day; });
        const std::ptrdiff_t writers =
            restart_ == Restart::kReboot ? 1 : std::max<std::ptrdiff_t>(parts, 1);
        std::vector<std::string> expected;
        for (int round = 1; round <= kRecoveries; ++round) {
            std::vector<std::string> ids;
            for (std::ptrdiff_t i = 0; i < writers; ++i) {
                ids.push_back(fmt::format("recovery-{}-{}", round, i));
            }
            if (const Status status = append_together(layout_, ids, day); !status) {
                problem("recovery {}: {}", round, status.error().message());
                return {};
            }
            expected.insert(expected.end(), ids.begin(), ids.end());
        }
        ASSIGN_OR_RETURN(const Parts after, read_parts(layout_));
        std::vector<std::string> added;
        for (const auto& [part, bytes] : before) {
            const auto found = after.find(part);
            if (found == after.end()) {
                problem("{}: recovery has removed it", log::to_string(part));
            } else {
                expect_kept(part, bytes, found->second, added);
            }
        }
        for (const auto& [part, bytes] : after) {
            if (!before.contains(part)) note_added(bytes, 0, added);
        }
        std::ranges::sort(expected);
        std::ranges::sort(added);
        if (added != expected) {
            problem("after recovery these lines are new: {}; expected were {}",
                    fmt::join(added, " "), fmt::join(expected, " "));
        }
        return {};
    }

    // A part may have lost an unfinished line, to torn/, and may have grown; no more.
    void expect_kept(const log::PartId& part, std::string_view before, std::string_view after,
                     std::vector<std::string>& added) {
        std::size_t kept = before.size();
        const std::string_view tail = before.substr(whole_bytes(before));
        // Nobody appends behind an unfinished line.  (What comes in its place may begin alike.)
        if (restart_ == Restart::kReplug && !tail.empty() && after != before) {
            kept = whole_bytes(before);
            if (has_evidence(layout_, part, ByteOffset(kept), tail)) {
                ++found_.repaired;
            } else {
                problem("{}: {} bytes at {} were cut off, and torn/ does not have them",
                        log::to_string(part), tail.size(), kept);
            }
        }
        if (!after.starts_with(before.substr(0, kept))) {
            return problem("{}: recovery has changed its first {} bytes", log::to_string(part),
                           kept);
        }
        if (restart_ == Restart::kReboot && after.size() != before.size()) {
            return problem("{}: it is older than the boot, and was continued",
                           log::to_string(part));
        }
        note_added(after, kept, added);
    }

    static void note_added(std::string_view bytes, std::size_t from,
                           std::vector<std::string>& added) {
        log::Scanner scanner(bytes.substr(from), ByteOffset(from));
        while (const std::optional<log::Line> line = scanner.next()) {
            added.push_back(line->kind == log::LineKind::kOurs ? event_id_of(line->body)
                                                               : log::to_string(line->damage));
        }
        if (!scanner.rest().empty()) added.push_back("an unfinished line");
    }

    const log::Layout& layout_;
    const WrittenLog& written_;
    const std::uint32_t cut_;
    const Restart restart_;
    std::map<log::PartId, std::uint64_t> promised_end_;
    CrashFindings found_;
};

}  // namespace

Status restart(const log::Layout& layout, Restart kind) {
    if (kind == Restart::kReplug) return {};
    const std::int64_t before_boot_s = os::boot_time().value() / 1000 - 3600;
    const struct timespec times[2] = {{.tv_sec = before_boot_s, .tv_nsec = 0},
                                      {.tv_sec = before_boot_s, .tv_nsec = 0}};
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
    for (const log::PartInfo& part : parts) {
        const std::string path = layout.part_path(part.id);
        if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) {
            return fail(os::errno_error(errno, "set the time of", path));
        }
    }
    return {};
}

Result<CrashFindings> check_crash(const log::Layout& layout, const WrittenLog& written,
                                  std::uint32_t cut, Restart restart) {
    return Check(layout, written, cut, restart).run();
}

}  // namespace daybook::testing
