#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "log/audit.h"
#include "log/follow.h"
#include "log/tail.h"
#include "log/scan.h"
#include "part_file.h"
#include "targets.h"

namespace daybook::fuzz {
namespace {

bool same(const log::Line& a, const log::Line& b) {
    return a.offset == b.offset && a.text == b.text && a.length == b.length && a.kind == b.kind &&
           a.damage == b.damage && a.body == b.body && a.seq == b.seq && a.synced == b.synced &&
           a.checksum == b.checksum;
}

// The lines of the bytes in memory, with which everything else has to agree.
std::vector<log::Line> lines_of(std::string_view bytes) {
    std::vector<log::Line> lines;
    log::Scanner scanner(bytes, ByteOffset(0));
    while (const std::optional<log::Line> line = scanner.next()) lines.push_back(*line);
    return lines;
}

// From each line on, with the cursor that a reader would have there.
void check_reader(const PartFile& file, const std::vector<log::Line>& lines) {
    log::Cursor cursor{.part = file.id()};
    for (std::size_t from = 0; from <= lines.size(); ++from) {
        // Resuming is tried at the first few lines: it reads all the others each time.
        if (from < 4 || from == lines.size()) {
            DAYBOOK_CHECK(log::cursor_problem(file.layout(), cursor).value().empty());
            log::PartReader reader =
                log::PartReader::open(file.layout(), file.id(), cursor.offset).value();
            for (std::size_t i = from; i < lines.size(); ++i) {
                const std::optional<log::Line> line = reader.next().value();
                DAYBOOK_CHECK(line && same(*line, lines[i]));
            }
            DAYBOOK_CHECK(!reader.next().value());
        }
        if (from < lines.size()) cursor.advance(lines[from]);
    }
}

void check_audit(const PartFile& file, std::string_view bytes,
                 const std::vector<log::Line>& lines) {
    std::size_t seen = 0;
    std::size_t damaged = 0;
    bool torn = false;
    const log::PartInfo info{.id = file.id()};
    const log::AuditCounts counts =
        log::audit_part(
            file.layout(), info,
            [&](const log::Line& line) { DAYBOOK_CHECK(same(line, lines.at(seen++))); },
            [&](const log::Finding& finding) {
                DAYBOOK_CHECK(finding.offset.value() + finding.length <= bytes.size());
                damaged += finding.kind == log::FindingKind::kDamaged ? 1 : 0;
                torn = torn || finding.kind == log::FindingKind::kTorn;
            })
            .value();
    DAYBOOK_CHECK(seen == lines.size() && counts.bytes == bytes.size());
    DAYBOOK_CHECK(counts.ours + counts.foreign + counts.damaged == seen);
    DAYBOOK_CHECK(counts.damaged == damaged);
    DAYBOOK_CHECK(torn == (!bytes.empty() && bytes.back() != '\n'));
}

void check_follower(const PartFile& file, std::string_view bytes,
                    const std::vector<log::Line>& lines) {
    // Half of it is there when the follower comes, and only whole lines after that are new.
    file.fill(bytes.substr(0, bytes.size() / 2));
    log::Follower follower = log::Follower::open(file.layout(), log::Follower::Start::kEnd).value();
    const std::size_t known = lines_of(bytes.substr(0, bytes.size() / 2)).size();
    file.fill(bytes);
    std::size_t next = known;
    const Status polled = follower.poll([&](const log::PartId&, const log::Line& line) {
        DAYBOOK_CHECK(same(line, lines.at(next++)));
        return true;
    });
    DAYBOOK_CHECK(polled.has_value() && next == lines.size());
}

void check_tail(std::string_view bytes, const std::vector<log::Line>& lines) {
    const std::size_t count = std::min(bytes.size(), kTailBytesMax);
    const log::Tail tail =
        log::judge_tail(bytes.substr(bytes.size() - count), ByteOffset(bytes.size()));
    if (tail.verdict == log::Tail::Verdict::kDoubt) {
        DAYBOOK_CHECK(!tail.reason.empty());
        return;
    }
    // It may be written on: then all before it is whole, and the last line is Daybook's.
    const std::size_t whole = lines.empty() ? 0 : lines.back().end().value();
    DAYBOOK_CHECK((tail.verdict == log::Tail::Verdict::kTorn) == (whole < bytes.size()));
    DAYBOOK_CHECK(tail.verdict != log::Tail::Verdict::kTorn || tail.whole == ByteOffset(whole));
    DAYBOOK_CHECK(lines.empty() ? tail.next_seq == log::Seq(1)
                                : lines.back().kind == log::LineKind::kOurs &&
                                      tail.next_seq == lines.back().seq + 1);
}

}  // namespace

void fuzz_part(std::string_view input) {
    const PartFile& file = PartFile::instance();
    const std::string bytes = with_trailers(input);
    const std::vector<log::Line> lines = lines_of(bytes);
    check_tail(bytes, lines);
    check_follower(file, bytes, lines);
    check_reader(file, lines);
    check_audit(file, bytes, lines);
}

}  // namespace daybook::fuzz
