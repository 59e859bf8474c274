// daybook seal: fixes what can no longer grow, and signs how far that has come.

#include "base/calendar.h"
#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "cli/key_files.h"
#include "cli/progress.h"
#include "ledger/sealer.h"
#include "ledger/signed_head.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

using ledger::SealOutcome;
using ledger::SealState;

std::string summary_of(const ledger::SealReport& report) {
    std::uint64_t sealed = 0;
    std::uint64_t bytes = 0;
    std::uint64_t due = 0;
    std::uint64_t left = 0;
    for (const SealOutcome& outcome : report.parts) {
        sealed += outcome.state == SealState::kSealed ? 1 : 0;
        due += outcome.state == SealState::kDue ? 1 : 0;
        left += outcome.state == SealState::kInUse || outcome.state == SealState::kNotOpened;
        bytes += outcome.state == SealState::kSealed ? outcome.facts.bytes : 0;
    }
    std::string text =
        due > 0 ? human_counted(due, "part") + " would be sealed"
                : fmt::format("{} sealed, {}", human_counted(sealed, "part"), human_bytes(bytes));
    if (left > 0) text += fmt::format("; {} left for the next time", human_counted(left, "part"));
    if (report.head_mended) text += "; the head was mended: an earlier 'daybook seal' had died";
    return text;
}

class SealCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("--day", day_, "Only parts of this UTC day")->type_name("YYYY-MM-DD");
        app.add_option("--part", part_, "Only this part, such as day=2026-01-23/part-000001")
            ->type_name("PART");
        app.add_flag("--dry-run", dry_run_, "Says what would be sealed, and changes nothing");
        app.add_option("--sign", sign_, "Signs the newest seal with this Ed25519 key")
            ->type_name("KEY.pem");
        app.add_option("--head", head_, "Where the signed head goes (default: standard output)")
            ->type_name("FILE");
        app.add_option("--new-key", new_key_,
                       "Makes a key pair, KEY.pem and KEY.pub.pem, and seals nothing")
            ->type_name("KEY.pem");
    }

    Result<ExitCode> run(Context& context) override {
        const Status usable = read_options();
        if (!usable) return context.report(usable.error(), ExitCode::kUsage);
        if (!new_key_.empty()) return make_key(context);
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const ledger::LedgerDir dir(*directory);

        // Before anything is sealed: a key that cannot be used is a mistake in the command line.
        std::optional<PrivateKeyFile> key;
        if (!sign_.empty()) {
            auto read = read_private_key(sign_);
            if (!read) return context.report(read.error(), ExitCode::kUsage);
            key.emplace(std::move(*read));
            if (key->open_to_others) {
                report_note(fmt::format("{} can be read by others: chmod 600 {}", sign_, sign_));
            }
        }
        ASSIGN_OR_RETURN(const ledger::SealReport report, seal(dir, context));
        print(report, context);
        if (key) RETURN_IF_ERROR(sign(dir, *key, context));
        for (const SealOutcome& outcome : report.parts) {
            if (outcome.state == SealState::kNotOpened) return ExitCode::kFailed;
        }
        return ExitCode::kOk;
    }

private:
    Status read_options() {
        const bool other = !day_.empty() || !part_.empty() || dry_run_ || !sign_.empty();
        if (!new_key_.empty() && (other || !head_.empty())) {
            return fail(ErrorCode::kInvalidArgument,
                        "seal: --new-key makes a key and seals nothing: give it alone");
        }
        if (!head_.empty() && sign_.empty()) {
            return fail(ErrorCode::kInvalidArgument,
                        "seal: --head is where the signed head goes: it needs --sign");
        }
        if (dry_run_ && !sign_.empty()) {
            return fail(ErrorCode::kInvalidArgument, "seal: a --dry-run signs nothing");
        }
        options_.dry_run = dry_run_;
        if (!day_.empty()) {
            options_.day = parse_day(day_);
            if (!options_.day) {
                return fail(ErrorCode::kInvalidArgument,
                            "seal: --day: found '{}', expected a day, such as 2026-01-23", day_);
            }
        }
        if (!part_.empty()) {
            options_.part = log::parse_part_id(part_);
            if (!options_.part) {
                return fail(ErrorCode::kInvalidArgument,
                            "seal: --part: found '{}', expected a part's name, such as "
                            "day=2026-01-23/part-000001",
                            part_);
            }
        }
        return {};
    }

    Result<ExitCode> make_key(Context& context) {
        RETURN_IF_ERROR(make_key_files(new_key_));
        context.out.print(
            "{}: the private key: keep it secret, away from the ledger\n{}: the "
            "public key, for 'daybook verify --key'\n",
            new_key_, public_key_path(new_key_));
        return ExitCode::kOk;
    }

    Result<ledger::SealReport> seal(const ledger::LedgerDir& dir, const Context& context) {
        std::optional<Progress> progress;
        return ledger::seal_parts(dir, options_, [&](std::uint64_t done, std::uint64_t total) {
            if (!progress) progress.emplace(context.error_style, system_clock(), "seal", total);
            progress->update(done);
        });
    }

    // With the signed head on standard output, that is all that goes there.
    void print(const ledger::SealReport& report, Context& context) const {
        if (!sign_.empty() && head_.empty()) return report_note(summary_of(report));
        const bool for_people = context.format == Format::kTable;
        if (!for_people || !report.parts.empty()) {
            const auto rows = context.rows({{"part"},
                                            {"state"},
                                            {"bytes", Unit::kBytes},
                                            {"events"},
                                            {"sha256", Unit::kNone, "", true},
                                            {"detail"}});
            for (const SealOutcome& outcome : report.parts) {
                const bool sealed = outcome.state == SealState::kSealed;
                rows->row({to_string(outcome.part), to_string(outcome.state), outcome.facts.bytes,
                           sealed ? Cell(outcome.facts.events) : Cell(),
                           sealed ? Cell(outcome.sha256) : Cell(), outcome.detail});
            }
            rows->finish();
        }
        if (for_people) context.out.print("{}\n", summary_of(report));
    }

    Status sign(const ledger::LedgerDir& dir, const PrivateKeyFile& key, Context& context) const {
        ASSIGN_OR_RETURN(const ledger::SignedHead head,
                         ledger::sign_head(dir, key.key, system_clock()));
        const std::string text = ledger::encode_signed_head(head);
        if (head_.empty()) {
            context.out.print("{}", text);
            return {};
        }
        RETURN_IF_ERROR(os::write_file_atomic(head_, text));
        if (context.format == Format::kTable) {
            context.out.print("{}: the head, signed: keep it away from the ledger\n", head_);
        }
        return {};
    }

    std::string day_;
    std::string part_;
    std::string sign_;
    std::string head_;
    std::string new_key_;
    bool dry_run_ = false;
    ledger::SealOptions options_;
};

}  // namespace

extern constinit const CommandInfo kSealCommand = {
    .name = "seal",
    .summary = "Seals the parts that can no longer grow, so that any change to them is seen",
    .details =
        "A part can no longer grow when it is full, or when its day has been over for an hour and\n"
        "no writer holds it.  Each seal names the one before it, so 'daybook verify' sees what is\n"
        "removed or changed; a signed head, kept elsewhere, lets it see that even of whoever can\n"
        "write the seals anew.  Run it once a day; it may run beside writers, who wait for\n"
        "nothing.",
    .examples =
        "daybook seal\n"
        "daybook seal --dry-run\n"
        "# a key, made once; then every day, with the head kept on another machine\n"
        "daybook seal --new-key me.pem\n"
        "daybook seal --sign me.pem --head head.json\n"
        "daybook verify --key me.pub.pem --head head.json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<SealCommand>,
};

}  // namespace daybook::cli
