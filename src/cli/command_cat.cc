// daybook cat: the exact bytes of a day's parts, wherever they are.

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_layout.h"
#include "archive/log_source.h"
#include "archive/manifest_file.h"
#include "base/calendar.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "log/log_source.h"
#include "os/file.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

class CatCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("DAY", day_, "A UTC day, or one part of it, day=2026-01-23/part-000001")
            ->type_name("DAY")
            ->required();
        app.add_option("--part", part_, "Only this part of the day: 1, 2, 3…")->type_name("N");
    }

    Result<ExitCode> run(Context& context) override {
        const Status usable = read_options();
        if (!usable) return context.report(usable.error(), ExitCode::kUsage);
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const log::LogSource source = archive::log_source(ledger::LedgerDir(*directory));
        ASSIGN_OR_RETURN(std::vector<log::PartInfo> parts, log::list_parts(source));
        std::erase_if(parts, [&](const log::PartInfo& part) {
            return part.id.day != the_day_ || (number_ && part.id.number != *number_);
        });
        if (parts.empty()) {
            const std::string what =
                number_ ? to_string(log::PartId{.day = the_day_, .number = *number_})
                        : fmt::format("part of {}", to_string(the_day_));
            return context.report(Error(ErrorCode::kNotFound,
                                        fmt::format("cat: there is no {} in {}", what, *directory)),
                                  ExitCode::kUsage);
        }
        const auto manifest =
            archive::read_manifest(archive::ArchiveLayout(ledger::LedgerDir(*directory)), the_day_);
        bool whole = true;
        for (const log::PartInfo& part : parts) {
            ASSIGN_OR_RETURN(const bool all, print(source, part.id, context));
            whole = whole && all;
            if (manifest && *manifest && !part.archived) {
                whole = is_what_is_archived(part, **manifest, context) && whole;
            }
            if (context.out.failed()) break;
        }
        return whole ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    Status read_options() {
        if (const auto part = log::parse_part_id(day_)) {
            if (!part_.empty()) {
                return fail(ErrorCode::kInvalidArgument,
                            "cat: --part goes with a day only, and {} is a part", day_);
            }
            the_day_ = part->day;
            number_ = part->number;
            return {};
        }
        const std::optional<Day> day = parse_day(day_);
        if (!day) {
            return fail(ErrorCode::kInvalidArgument,
                        "cat: found '{}', expected a day, such as 2026-01-23, or a part's name, "
                        "such as day=2026-01-23/part-000001",
                        day_);
        }
        the_day_ = *day;
        if (part_.empty()) return {};
        // A number, or as it stands in a part's name.
        std::uint32_t number = 0;
        const std::string digits = part_.starts_with("part-") ? part_.substr(5) : part_;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc() || end != digits.data() + digits.size() || number == 0) {
            return fail(ErrorCode::kInvalidArgument,
                        "cat: --part: found '{}', expected the number of a part, such as 3", part_);
        }
        number_ = log::PartNumber(number);
        return {};
    }

    // A part in events/ counts before the archive's: of an archived one somebody put it there.
    static bool is_what_is_archived(const log::PartInfo& part, const archive::Manifest& manifest,
                                    Context& context) {
        const archive::ArchivedPart* const archived = manifest.find_part(part.id);
        if (archived == nullptr || archived->bytes == part.size.value()) return true;
        report_error(context.error_style,
                     fmt::format("{}: the file in events/, which counts, has {} bytes, and the "
                                 "archived part {}: move the file away, and the archive is read",
                                 to_string(part.id), part.size.value(), archived->bytes));
        return false;
    }

    // Whether all of it was there.
    static Result<bool> print(const log::LogSource& source, const log::PartId& part,
                              Context& context) {
        ASSIGN_OR_RETURN(const log::OpenPart file, log::open_part(source, part));
        std::string block(kBlockBytes, '\0');
        for (ByteOffset at{}; !context.out.failed();) {
            ASSIGN_OR_RETURN(const std::size_t got,
                             os::read_at(file.fd.get(), at, block, file.path));
            if (got == 0) break;
            context.out.write(std::string_view(block).substr(0, got));
            at += got;
            if (os::interrupted()) {
                return fail(ErrorCode::kCancelled, "cat {}: interrupted", to_string(part));
            }
        }
        if (file.removed.empty()) return true;
        std::uint64_t lines = 0;
        std::uint64_t bytes = 0;
        for (const log::RemovedLines& range : file.removed) {
            lines += range.lines;
            bytes += range.length;
        }
        report_note(fmt::format("{}: retention has removed {}, {}: this is what is left",
                                to_string(part), human_counted(lines, "line"), human_bytes(bytes)));
        return false;
    }

    std::string day_;
    std::string part_;
    Day the_day_{};
    std::optional<log::PartNumber> number_;
};

}  // namespace

extern constinit const CommandInfo kCatCommand = {
    .name = "cat",
    .summary = "Prints the exact bytes of a day's parts, archived or not",
    .details =
        "Of a part that is being written, what is there.  Exit code 0: every byte as it was\n"
        "written; 1: retention has removed lines, and what is left was printed, or a file in\n"
        "events/ is not the part that is archived; 2: there is no such part.",
    .examples =
        "daybook cat 2026-01-23 | wc -l\n"
        "daybook cat 2026-01-23 --part 2 > part-000002.jsonl\n"
        "# is it what was sealed?\n"
        "daybook cat day=2026-01-23/part-000001 | sha256sum",
    .common_flags = kLedgerFlag,
    .make = make_command<CatCommand>,
};

}  // namespace daybook::cli
