// Spoils a part of 64 KiB in every way that damage_kinds.h knows, every bit flipped and every cut
// among them, and looks at each with the reader that everybody uses.  What must hold:
//
// - It is found: the audit has a finding.  The one exception is a part that ends sooner, at a
//   line's end, which nothing in the part can tell (docs/formats/part.md, "Findings").
// - Every line that was not touched reads as before, byte for byte.  A flipped bit touches one
//   line, or two if it was in a newline.
// - No line of Daybook's own reads as something that was never written.  Where bytes have moved,
//   the head of one line and the tail of another may make a line that looks like another tool's,
//   since those have no checksum; it may not be, or become, anything but that.
//
// A round is every case of one part; further rounds spoil parts that other seeds make.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/random.h"
#include "ledger/event_line.h"
#include "ledger/verify.h"
#include "log/audit.h"
#include "log/scan.h"
#include "os/file.h"
#include "rigs/damage_kinds.h"
#include "rigs/damage_part.h"
#include "support/rig.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kVerifyEach = 101;

class DamageRig {
public:
    DamageRig(Rig& rig, const std::string& root) : rig_(rig), root_(root), layout_(root) {}

    void run() {
        const std::uint64_t cases = damage_cases();
        for (std::uint64_t number = 0; number < rig_.options().count; ++number) {
            const std::uint64_t round = number / cases;
            if (!rig_.begin_case(number)) continue;
            if (round != round_) begin_round(round);
            try_case(number % cases, number);
            if (rig_.gives_up()) return;
        }
        rig_.note("looked at by verify too", verified_);
        rig_.note("cut at a line's end", silent_);
        rig_.note("lines that look foreign", looks_foreign_);
        rig_.note("ends that do", foreign_ends_);
    }

private:
    void begin_round(std::uint64_t round) {
        DAYBOOK_CHECK(os::remove_tree(layout_.events_dir()).has_value());
        part_ = write_damage_part(root_, rig_.options().seed + round);
        info_ = log::list_parts(layout_).value().at(0);
        fd_ = os::open_fd(layout_.part_path(info_.id), O_RDWR).value();
        round_ = round;
        file_bytes_ = kDamagePartBytes;
        dirty_ = {.begin = kDamagePartBytes, .end = 0};
    }

    void try_case(std::uint64_t index, std::uint64_t number) {
        kind_ = damage_kinds().data();
        while (index >= kind_->cases) index -= (kind_++)->cases;
        SeededRandom random(rig_.options().seed ^ (number * 0x9e3779b97f4a7c15));
        const Damage damage = kind_->make(part_, index, random);
        put(damage);

        problem_.clear();
        audit(damage);
        check_untouched(damage);
        if (kind_->make == damage_kinds()[0].make) check_flip(damage);
        check_findings(damage);
        if (number % kVerifyEach == 0) verify();
        if (!problem_.empty())
            rig_.fail(fmt::format("{}, number {}: {}", kind_->name, index, problem_));
    }

    // Writes the part's file, but for what stands in it already: most cases change little.
    void put(const Damage& damage) {
        const std::string& bytes = damage.bytes;
        const bool same_size = bytes.size() == kDamagePartBytes && file_bytes_ == kDamagePartBytes;
        const std::size_t begin =
            std::min({dirty_.begin, damage.touched.front().begin, bytes.size()});
        const std::size_t end =
            same_size ? std::max(dirty_.end, damage.touched.back().end) : bytes.size();
        const std::string_view changed = std::string_view(bytes).substr(begin, end - begin);
        DAYBOOK_CHECK(::pwrite(fd_.get(), changed.data(), changed.size(),
                               static_cast<off_t>(begin)) == static_cast<ssize_t>(changed.size()));
        if (bytes.size() < file_bytes_) {
            DAYBOOK_CHECK(::ftruncate(fd_.get(), static_cast<off_t>(bytes.size())) == 0);
        }
        file_bytes_ = bytes.size();
        dirty_ = {.begin = damage.touched.front().begin,
                  .end = same_size ? damage.touched.back().end : kDamagePartBytes};
    }

    // Reads the part as `verify` does; notes each sound line, and that it is one that was written.
    void audit(const Damage& damage) {
        seen_.assign(part_.lines.size(), false);
        findings_.clear();
        greatest_synced_ = 0;
        last_seq_ = 0;
        foreign_ = false;
        broken_json_ = 0;
        const Result<log::AuditCounts> counts = log::audit_part(
            layout_, info_, [&](const log::Line& line) { see(line, damage.bytes); },
            [&](const log::Finding& finding) { findings_.push_back(finding); });
        if (!counts) return say("audit: " + counts.error().message());
        if (counts->bytes != damage.bytes.size()) say("not all bytes were read");
    }

    void see(const log::Line& line, std::string_view bytes) {
        if (line.kind == log::LineKind::kDamaged) return;
        if (line.text != bytes.substr(line.offset.value(), line.length)) {
            return say_of(line, "is not what stands there");
        }
        if (line.kind == log::LineKind::kForeign) return see_foreign(line);
        const std::uint64_t index = line.seq.value() - 1;
        if (index >= part_.lines.size()) return say_of(line, "was never written");
        const DamagePart::Line& written = part_.lines[index];
        if (line.text != text_of(written) || line.synced != written.synced ||
            line.checksum != written.checksum || line.body.size() != written.body_bytes) {
            return say_of(line, "reads otherwise than it was written");
        }
        seen_[index] = true;
        greatest_synced_ = std::max(greatest_synced_, line.synced.value());
        last_seq_ = std::max(last_seq_, line.seq.value());
    }

    void see_foreign(const log::Line& line) {
        ++looks_foreign_;
        foreign_ = true;
        if (ledger::judge_json(line).kind == log::LineKind::kDamaged) ++broken_json_;
        if (!kind_->moves_bytes) say_of(line, "was never written");
    }

    std::string_view text_of(const DamagePart::Line& line) const {
        return std::string_view(part_.bytes).substr(line.begin, line.newline - line.begin);
    }

    // A line is touched if any of its bytes is, its newline or the one before it.
    static bool is_touched(const DamagePart::Line& line, const Damage& damage) {
        return std::any_of(damage.touched.begin(), damage.touched.end(), [&](const Touched& range) {
            const bool after_begin = line.begin == 0 || range.end > line.begin - 1;
            return range.begin == range.end
                       ? line.begin <= range.begin && range.begin <= line.newline
                       : after_begin && range.begin <= line.newline;
        });
    }

    void check_untouched(const Damage& damage) {
        for (std::size_t i = 0; i < part_.lines.size(); ++i) {
            if (seen_[i] || is_touched(part_.lines[i], damage)) continue;
            say(fmt::format("the line with seq {} was not touched and is not read", i + 1));
        }
    }

    // What no account of touched bytes may excuse.
    void check_flip(const Damage& damage) {
        const auto lost = static_cast<std::size_t>(std::count(seen_.begin(), seen_.end(), false));
        const bool newline = part_.bytes[damage.touched[0].begin] == '\n';
        const std::size_t most = newline ? 2 : 1;
        if (lost > most) say(fmt::format("{} events are lost", lost));
    }

    void check_findings(const Damage& damage) {
        if (damage.bytes == part_.bytes) return say("nothing was damaged: the case shows nothing");
        const bool is_prefix = std::string_view(part_.bytes).starts_with(damage.bytes) &&
                               (damage.bytes.empty() || damage.bytes.back() == '\n');
        if (is_prefix && greatest_synced_ <= last_seq_) {
            ++silent_;
            if (!findings_.empty()) say("something was found: " + findings_[0].detail);
            return;
        }
        // Lines that are gone at the end leave no gap, whatever foreign lines stand there instead.
        const auto gone = std::find(seen_.begin(), seen_.end(), false);
        const bool only_the_end = foreign_ && std::find(gone, seen_.end(), true) == seen_.end();
        const bool problem = std::any_of(findings_.begin(), findings_.end(),
                                         [](const log::Finding& f) { return f.is_problem(); });
        if (only_the_end && !problem) {
            ++foreign_ends_;
        } else if (findings_.empty() || (foreign_ && !problem)) {
            say("it was not found");
        }
        check_gap(damage);
    }

    // Lines that are gone without a trace of their bytes: how bad it is, is said rightly.
    void check_gap(const Damage& damage) {
        const auto begins = [&](std::size_t at) {
            return at == kDamagePartBytes || at == 0 || part_.bytes[at - 1] == '\n';
        };
        const Touched& gone = damage.touched[0];
        if (damage.bytes.size() != kDamagePartBytes - (gone.end - gone.begin) ||
            gone.begin == gone.end || gone.end == kDamagePartBytes || !begins(gone.begin) ||
            !begins(gone.end)) {
            return;
        }
        const auto first = static_cast<std::uint64_t>(std::find(seen_.begin(), seen_.end(), false) -
                                                      seen_.begin() + 1);
        const log::FindingKind kind =
            first <= greatest_synced_ ? log::FindingKind::kLost : log::FindingKind::kMissing;
        if (findings_.size() != 1 || findings_[0].kind != kind ||
            findings_[0].offset != ByteOffset(gone.begin)) {
            say(fmt::format("expected one finding `{}` at {}", log::to_string(kind), gone.begin));
        }
    }

    // The same part, as a user looks at it.
    void verify() {
        ++verified_;
        const auto report = ledger::verify(ledger::LedgerDir(root_));
        if (!report) return say("verify: " + report.error().message());
        std::size_t of_log = 0;
        for (const ledger::VerifyFinding& finding : report->findings) {
            // What only those find who read the events themselves.
            if (finding.kind != "conflicting" && finding.kind != "not_an_event") ++of_log;
        }
        if (of_log != findings_.size() + broken_json_) say("verify does not find the same");
    }

    void say_of(const log::Line& line, std::string_view what) {
        say(fmt::format("the line at offset {} {}", line.offset.value(), what));
    }
    void say(std::string what) {
        if (problem_.empty()) problem_ = std::move(what);
    }

    Rig& rig_;
    std::string root_;
    log::Layout layout_;
    std::optional<std::uint64_t> round_;
    DamagePart part_;
    log::PartInfo info_;
    os::UniqueFd fd_;
    std::size_t file_bytes_ = kDamagePartBytes;
    Touched dirty_{.begin = kDamagePartBytes, .end = 0};  // where the file differs from the part

    // Of the case at hand.
    const DamageKind* kind_ = nullptr;
    std::vector<bool> seen_;
    std::vector<log::Finding> findings_;
    std::uint64_t greatest_synced_ = 0;
    std::uint64_t last_seq_ = 0;
    bool foreign_ = false;
    std::size_t broken_json_ = 0;  // foreign lines that only a reader of JSON finds damaged
    std::string problem_;

    std::uint64_t verified_ = 0;
    std::uint64_t silent_ = 0;
    std::uint64_t looks_foreign_ = 0;
    std::uint64_t foreign_ends_ = 0;
};

// Files that are written a million times are best kept in memory.
std::string directory_for(const RigOptions& options) {
    if (!options.dir.empty()) return options.dir + "/";
    return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : ::testing::TempDir();
}

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) {
    using daybook::testing::DamageRig;
    daybook::testing::Rig rig("damage", argc, argv, daybook::testing::damage_cases());
    const daybook::testing::TempDir dir(daybook::testing::directory_for(rig.options()));
    DamageRig(rig, dir.path()).run();
    return rig.finish();
}
