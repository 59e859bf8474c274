// daybook verify: whether the log is as it was written, and what was sealed as it was sealed.

#include "archive/check_archives.h"
#include "artifact/parquet_reader.h"
#include "base/clock.h"
#include "cli/context.h"
#include "cli/findings_output.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/index_session.h"
#include "cli/key_files.h"
#include "cli/progress.h"
#include "ledger/signed_head.h"
#include "ledger/verify.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kHeadBytesMax = std::size_t{64} << 10;

std::string summary_of(const ledger::VerifyReport& report) {
    std::string text =
        fmt::format("{}, {}, {}", human_counted(report.parts, "part"), human_bytes(report.bytes),
                    human_counted(report.events, "event"));
    if (report.foreign > 0) {
        text += fmt::format(" ({} of other tools, unverified)", human_count(report.foreign));
    }
    if (report.copies > 0) text += fmt::format(", {} copies", human_count(report.copies));
    if (report.seals > 0) {
        text += fmt::format(", {}", human_counted(report.seals, "seal"));
    }
    if (report.artifacts > 0) {
        text += fmt::format(", {}", human_counted(report.artifacts, "artifact"));
    }
    if (report.clean()) return text + ": clean";
    return text + fmt::format(": {}", human_counted(report.problems, "problem"));
}

class VerifyCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_flag("--deep", options_.deep,
                     "Also compares the SHA-256 of sealed parts and of artifacts, and the "
                     "artifacts' rows");
        CLI::Option* const key =
            app.add_option("--key", key_, "The public key that --head was signed with")
                ->type_name("KEY.pub.pem");
        CLI::Option* const head =
            app.add_option("--head", head_, "A signed head, which today's chain must contain")
                ->type_name("FILE");
        key->needs(head);
        head->needs(key);
    }

    Result<ExitCode> run(Context& context) override {
        const Status ready = read_signed_head();
        if (!ready) return context.report(ready.error(), ExitCode::kUsage);
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        // DuckDB is loaded when there is a Parquet file to count.
        std::optional<artifact::ParquetReader> reader;
        std::optional<InterruptWatch> watch;
        options_.parquet_rows = [&](const std::string& path) -> Result<std::uint64_t> {
            if (!reader) {
                auto opened = artifact::ParquetReader::open();
                // Whatever it is, it is not about the file that happens to be the first.
                if (!opened) return fail(ErrorCode::kUnsupported, "{}", opened.error().message());
                reader.emplace(std::move(*opened));
                watch.emplace([&reader] { reader->interrupt(); });
            }
            return reader->row_count(path);
        };
        const ledger::LedgerDir dir(*directory);
        options_.archives = archive::readable_parts(dir);
        options_.check_archives = [&](const ledger::RetainedEvents& retained) {
            return archive::check_archives(dir, {.deep = options_.deep}, retained);
        };
        std::optional<Progress> progress;
        const auto report =
            ledger::verify(dir, options_, [&](std::uint64_t done, std::uint64_t total) {
                if (!progress) {
                    progress.emplace(context.error_style, system_clock(), "verify", total);
                }
                progress->update(done);
            });
        progress.reset();
        if (!report && report.error().code() == ErrorCode::kCancelled) return fail(report.error());
        if (!report) return context.report(report.error(), ExitCode::kUsage);
        print(*report, context);
        return report->clean() ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    Status read_signed_head() {
        if (head_.empty()) return {};
        ASSIGN_OR_RETURN(std::string public_key, read_public_key(key_));
        ASSIGN_OR_RETURN(const std::string text, os::read_file(head_, kHeadBytesMax));
        ASSIGN_OR_RETURN(ledger::SignedHead head, ledger::decode_signed_head(text, head_));
        options_.signed_head = {
            .head = std::move(head), .path = head_, .public_key = std::move(public_key)};
        return {};
    }

    static void print(const ledger::VerifyReport& report, Context& context) {
        print_findings({.totals = {{"parts", report.parts},
                                   {"bytes", report.bytes},
                                   {"events", report.events},
                                   {"foreign", report.foreign},
                                   {"copies", report.copies},
                                   {"seals", report.seals},
                                   {"artifacts", report.artifacts},
                                   {"problems", report.problems}},
                        .findings = report.findings},
                       context);
        if (context.format == Format::kTable) context.out.print("{}\n", summary_of(report));
    }

    ledger::VerifyOptions options_;
    std::string key_;
    std::string head_;
};

}  // namespace

extern constinit const CommandInfo kVerifyCommand = {
    .name = "verify",
    .summary = "Checks every line of the log, and whether what was sealed is as it was sealed",
    .details =
        "Reads only, and may run beside writers.  That a whole part was removed, or that lines "
        "were\n"
        "cut from the end of one, it sees of parts that are sealed: see 'daybook seal --help'.\n"
        "Findings that are no problem (an unfinished line at the end, as a writer that died "
        "leaves\n"
        "it) are listed too.  Exit code 0: clean; 1: problems; 2: it could not look.",
    .examples =
        "daybook verify\n"
        "daybook verify --deep --format json\n"
        "# is everything still there that was sealed when this head was signed?\n"
        "daybook verify --key me.pub.pem --head head.json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<VerifyCommand>,
};

}  // namespace daybook::cli
