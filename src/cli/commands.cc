#include "cli/commands.h"

#include <array>

namespace daybook::cli {

// Each is defined at the end of its own file, command_<name>.cc.
extern const CommandInfo kAdoptCommand;
extern const CommandInfo kArchiveCommand;
extern const CommandInfo kArtifactsCommand;
extern const CommandInfo kArtifactsGetCommand;
extern const CommandInfo kArtifactsShowCommand;
extern const CommandInfo kBacktestCommand;
extern const CommandInfo kBacktestOptimizeCommand;
extern const CommandInfo kBacktestPathOnlyCommand;
extern const CommandInfo kBacktestBaselineCommand;
extern const CommandInfo kBacktestPolicyCommand;
extern const CommandInfo kBacktestPortfolioCommand;
extern const CommandInfo kBacktestSynthCommand;
extern const CommandInfo kCatCommand;
extern const CommandInfo kBackupCommand;
extern const CommandInfo kCompletionCommand;
extern const CommandInfo kDeleteCommand;
extern const CommandInfo kDemoCommand;
extern const CommandInfo kDiffCommand;
extern const CommandInfo kDoctorCommand;
extern const CommandInfo kEmitCommand;
extern const CommandInfo kGcCommand;
extern const CommandInfo kGcArtifactsCommand;
extern const CommandInfo kHoldCommand;
extern const CommandInfo kExportCommand;
extern const CommandInfo kImportCommand;
extern const CommandInfo kIndexCommand;
extern const CommandInfo kInspectCommand;
extern const CommandInfo kInspectArchiveCommand;
extern const CommandInfo kInspectEventCommand;
extern const CommandInfo kInspectLineCommand;
extern const CommandInfo kInspectPartCommand;
extern const CommandInfo kInspectSealCommand;
extern const CommandInfo kLeaderboardCommand;
#ifdef DAYBOOK_LEGACY
extern const CommandInfo kLegacyCommand;
extern const CommandInfo kLegacyAttachCommand;
extern const CommandInfo kLegacyCompareCommand;
extern const CommandInfo kLegacyDetachCommand;
extern const CommandInfo kLegacyImportCommand;
extern const CommandInfo kLegacyMappingCommand;
extern const CommandInfo kLegacyStatusCommand;
#endif
extern const CommandInfo kMergeCommand;
extern const CommandInfo kPlotCommand;
extern const CommandInfo kQueryCommand;
extern const CommandInfo kRepairCommand;
extern const CommandInfo kReproduceCommand;
extern const CommandInfo kRetainCommand;
extern const CommandInfo kRestoreCommand;
extern const CommandInfo kRunCommand;
extern const CommandInfo kRunsCommand;
extern const CommandInfo kSchemaCommand;
extern const CommandInfo kSchemaCheckCommand;
extern const CommandInfo kSchemaListCommand;
extern const CommandInfo kSchemaRegisterCommand;
extern const CommandInfo kSchemaShowCommand;
extern const CommandInfo kSealCommand;
extern const CommandInfo kSelftestCommand;
extern const CommandInfo kServeCommand;
extern const CommandInfo kShowCommand;
extern const CommandInfo kStatsCommand;
extern const CommandInfo kTailCommand;
extern const CommandInfo kTrialsCommand;
extern const CommandInfo kUndeleteCommand;
extern const CommandInfo kUnholdCommand;
extern const CommandInfo kVerifyCommand;
extern const CommandInfo kVersionCommand;

namespace {

constexpr CommandInfo kProgram = {
    .name = "daybook",
    .summary = "Daybook, a crash-safe ledger of runs: backtests and other experiments",
    .details =
        "Events go into an append-only log of plain JSONL files; a DuckDB index is derived from\n"
        "it, answers questions in SQL, and can be deleted and rebuilt at any time.\n"
        "\n"
        "The ledger is --ledger DIR, else DAYBOOK_LEDGER, else the nearest data/ledger upwards\n"
        "from here.  Exit codes: 0 done, 1 failed or something was found, 2 a mistake in the\n"
        "command line or nothing to look at, 130 interrupted.",
    .examples =
        "# watch it work: real backtests, recorded, indexed and queried\n"
        "daybook demo\n"
        "# then\n"
        "daybook runs\n"
        "daybook show @latest\n"
        "daybook query 'SELECT status, count(*) FROM latest_runs GROUP BY ALL'",
};

constexpr std::array kAllCommands = {
    // Recording.
    &kEmitCommand,
    &kBacktestCommand,
    &kBacktestPathOnlyCommand,
    &kBacktestBaselineCommand,
    &kBacktestPolicyCommand,
    &kBacktestOptimizeCommand,
    &kBacktestPortfolioCommand,
    &kBacktestSynthCommand,
    // Looking.
    &kRunCommand,
    &kRunsCommand,
    &kShowCommand,
    &kTrialsCommand,
    &kDiffCommand,
    &kReproduceCommand,
    &kArtifactsCommand,
    &kArtifactsShowCommand,
    &kArtifactsGetCommand,
    &kLeaderboardCommand,
    &kPlotCommand,
    &kQueryCommand,
    &kTailCommand,
    // Keeping.
    &kIndexCommand,
    &kServeCommand,
    &kSealCommand,
    &kArchiveCommand,
    &kCatCommand,
    &kVerifyCommand,
    &kRepairCommand,
    &kGcCommand,
    &kGcArtifactsCommand,
    &kStatsCommand,
    &kDoctorCommand,
    &kRetainCommand,
    &kDeleteCommand,
    &kUndeleteCommand,
    &kHoldCommand,
    &kUnholdCommand,
    &kAdoptCommand,
    // Carrying.
    &kExportCommand,
    &kImportCommand,
    &kMergeCommand,
    &kBackupCommand,
    &kRestoreCommand,
    &kSchemaCommand,
    &kSchemaListCommand,
    &kSchemaShowCommand,
    &kSchemaCheckCommand,
    &kSchemaRegisterCommand,
    &kInspectCommand,
    &kInspectPartCommand,
    &kInspectLineCommand,
    &kInspectEventCommand,
    &kInspectSealCommand,
    &kInspectArchiveCommand,
#ifdef DAYBOOK_LEGACY
    // Moving in.
    &kLegacyCommand,
    &kLegacyAttachCommand,
    &kLegacyStatusCommand,
    &kLegacyCompareCommand,
    &kLegacyImportCommand,
    &kLegacyDetachCommand,
    &kLegacyMappingCommand,
#endif
    // The program itself.
    &kSelftestCommand,
    &kDemoCommand,
    &kCompletionCommand,
    &kVersionCommand,
};

}  // namespace

std::span<const CommandInfo* const> all_commands() { return kAllCommands; }

const CommandInfo& program_info() { return kProgram; }

}  // namespace daybook::cli
