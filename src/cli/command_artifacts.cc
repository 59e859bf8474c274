// daybook artifacts: the files of a run, and what is in them.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "artifact/parquet_reader.h"
#include "cli/artifact_files.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/output_file.h"
#include "cli/row_limit.h"
#include "cli/rows_target.h"
#include "cli/run_question.h"
#include "ledger/file_hash.h"
#include "os/file.h"
#include "query/catalog.h"
#include "query/runs.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kDocumentBytesMax = std::size_t{256} << 20;
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

class ArtifactsCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        // Not required for CLI11: 'artifacts show' has a RUN of its own.
        add_run(app, "RUN", run_);
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        if (run_.empty()) {
            return context.report(
                Error(ErrorCode::kInvalidArgument,
                      "daybook artifacts: RUN is required\nTry 'daybook artifacts --help'."),
                ExitCode::kUsage);
        }
        return ask_about_runs(context, {&run_, 1}, fresh_,
                              [&](const RunQuestion& question) { return list(question, context); });
    }

private:
    static Result<ExitCode> list(const RunQuestion& question, Context& context) {
        ASSIGN_OR_RETURN(
            const std::vector<query::CatalogFile> files,
            query::files_of_run(question.session, question.directory, question.run_ids.front()));
        const auto rows =
            context.rows({{.name = "type", .whole = true},
                          {.name = "path", .whole = true, .drop_rank = 1},
                          {.name = "rows"},
                          {.name = "size_bytes", .unit = Unit::kBytes, .title = "size"},
                          {.name = "file", .whole = true},
                          {.name = "trial_id", .title = "trial", .drop_rank = 2},
                          {.name = "sha256", .whole = true, .drop_rank = 3}});
        for (const query::CatalogFile& file : files) {
            const query::FileLook look = query::look_at(file);
            rows->row({file.type, file.path, file.rows, file.size_bytes, to_string(look.state),
                       file.trial_id, file.sha256});
        }
        rows->finish();
        return ExitCode::kOk;
    }

    std::string run_;
    query::FreshOptions fresh_;
};

// The artifact of `run` that is `wanted`, a type or a path; `verb` is for messages.
Result<query::CatalogFile> find_in_run(const std::string& directory,
                                       const query::FreshOptions& fresh, const std::string& run,
                                       const std::string& wanted, std::string_view verb) {
    ASSIGN_OR_RETURN(query::Session session, open_index(directory, fresh));
    const InterruptWatch watch(session);
    ASSIGN_OR_RETURN(const std::string run_id, query::resolve_run(session, run));
    ASSIGN_OR_RETURN(const std::vector<query::CatalogFile> files,
                     query::files_of_run(session, directory, run_id));
    return find_artifact(files, wanted, fmt::format("{} {} of {}", verb, wanted, run_id),
                         "by its path");
}

// Numbers of a name that says what they measure.
Unit unit_of(const std::string& column) {
    if (column.ends_with("_ts_ms") || column == "ts_ms" ||
        (column.starts_with("window_") && column.ends_with("_ms")) ||
        (column.starts_with("t_") && column.ends_with("x_ms"))) {
        return Unit::kTimeMs;
    }
    return column.ends_with("_ms") ? Unit::kDurationMs : Unit::kMeasured;
}

class ArtifactsShowCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_run(app, "RUN", run_)->required();
        app.add_option("ARTIFACT", type_, "Its type, or its path")
            ->type_name("ARTIFACT")
            ->required();
        add_count(app, "-n,--limit", limit_.asked, RowLimit::kHelp);
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const auto file = find_in_run(*directory, fresh_, run_, type_, "show");
        if (!file) return context.report(file.error(), ExitCode::kUsage);
        const Status there =
            check_artifact(*file, fmt::format("show {} of {}", file->type, file->run_id));
        if (!there && there.error().code() == ErrorCode::kNotFound) {
            return context.report(there.error(), ExitCode::kUsage);
        }
        RETURN_IF_ERROR(there);
        if (file->format == "json") return show_document(*file, context);
        if (file->format == "parquet") return show_rows(*file, context);
        return context.report(
            Error(ErrorCode::kUnsupported,
                  fmt::format("show {} of {}: the format is '{}', and only parquet and json are "
                              "read; the file is {}",
                              file->type, file->run_id, file->format, file->file)),
            ExitCode::kUsage);
    }

private:
    // As it is, whatever the format: it is no table.
    Result<ExitCode> show_document(const query::CatalogFile& file, Context& context) const {
        const bool fits = context.format == Format::kTable || context.format == Format::kJson;
        if (!fits || limit_.asked) {
            return context.report(
                Error(ErrorCode::kInvalidArgument,
                      fmt::format("show {} of {}: it is a JSON document, no table: leave out {}",
                                  file.type, file.run_id, fits ? "--limit" : "--format")),
                ExitCode::kUsage);
        }
        ASSIGN_OR_RETURN(const std::string text, os::read_file(file.file, kDocumentBytesMax));
        if (context.output.path.empty()) {
            context.out.write(text);
            return ExitCode::kOk;
        }
        auto output = OutputFile::create(context.output.path, context.output.force);
        if (!output) return context.report(output.error(), ExitCode::kUsage);
        RETURN_IF_ERROR(output->publish(text));
        return ExitCode::kOk;
    }

    Result<ExitCode> show_rows(const query::CatalogFile& file, Context& context) const {
        auto target = RowsTarget::open(context);
        if (!target) return context.report(target.error(), ExitCode::kUsage);
        ASSIGN_OR_RETURN(artifact::ParquetReader reader, artifact::ParquetReader::open());
        const InterruptWatch watch([&reader] { reader.interrupt(); });
        ASSIGN_OR_RETURN(duck::Rows rows, reader.rows(file.file, limit_.most(context)));
        std::vector<Column> columns = columns_of(rows, unit_of);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns[i].drop_rank = static_cast<int>(i);
        }
        ASSIGN_OR_RETURN(const std::size_t count, target->write(rows, std::move(columns)));
        limit_.tell(context, *target, count, "first");
        return ExitCode::kOk;
    }

    std::string run_;
    std::string type_;
    RowLimit limit_;
    query::FreshOptions fresh_;
};

// The bytes of a file of a run, held against the hash that was recorded.
class ArtifactsGetCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_run(app, "RUN", run_)->required();
        app.add_option("ARTIFACT", wanted_, "Its type, its path, or the name of the copied file")
            ->type_name("ARTIFACT")
            ->required();
        app.add_option("-o,--output", output_, "Where it goes (default: standard output)")
            ->type_name("FILE");
        app.add_flag("--force", force_, "Replace the file that is there");
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const auto file = find_in_run(*directory, fresh_, run_, wanted_, "get");
        if (!file) return context.report(file.error(), ExitCode::kUsage);
        const std::string attempt = fmt::format("get {} of {}", file->type, file->run_id);
        const Status there = check_artifact(*file, attempt);
        if (!there && there.error().code() == ErrorCode::kNotFound) {
            return context.report(there.error(), ExitCode::kUsage);
        }
        RETURN_IF_ERROR(there);
        ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(file->file, O_RDONLY));
        if (output_.empty()) return print(fd.get(), *file, context);
        auto output = OutputFile::create(output_, force_);
        if (!output) return context.report(output.error(), ExitCode::kUsage);
        RETURN_IF_ERROR(os::copy_open_file(fd.get(), file->file, output->temporary_path(), 0644));
        ASSIGN_OR_RETURN(const os::UniqueFd copy, os::open_fd(output->temporary_path(), O_RDONLY));
        RETURN_IF_ERROR(compare(copy.get(), *file, attempt));
        RETURN_IF_ERROR(output->publish());
        return ExitCode::kOk;
    }

private:
    static Status compare(int fd, const query::CatalogFile& file, const std::string& attempt) {
        if (!file.sha256) return {};
        ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd, file.file));
        if (hash.sha256 == *file.sha256) return {};
        return fail(ErrorCode::kCorrupt,
                    "{}: {} has changed since it was recorded: its SHA-256 is {}, expected {}",
                    attempt, file.file, hash.sha256, *file.sha256);
    }

    static Result<ExitCode> print(int fd, const query::CatalogFile& file, Context& context) {
        std::string block(kBlockBytes, '\0');
        ByteOffset offset;
        while (!context.out.failed()) {
            ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd, offset, block, file.file));
            if (got == 0) break;
            context.out.write(std::string_view(block).substr(0, got));
            offset += got;
        }
        return ExitCode::kOk;
    }

    std::string run_;
    std::string wanted_;
    std::string output_;
    bool force_ = false;
    query::FreshOptions fresh_;
};

}  // namespace

extern constinit const CommandInfo kArtifactsCommand = {
    .name = "artifacts",
    .summary = "Lists the files that a run stored, and whether they are there",
    .details =
        "file says present, missing, other size (than was recorded), no file (a directory or a\n"
        "pipe), or unreadable.  Whether the bytes are those that were recorded, 'daybook verify\n"
        "--deep' says.  Of a run whose id is 'show', name the beginning, or @latest.",
    .examples =
        "daybook artifacts @latest\n"
        "daybook artifacts show @latest trades --limit 5",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<ArtifactsCommand>,
};

extern constinit const CommandInfo kArtifactsShowCommand = {
    .name = "artifacts show",
    .summary = "Shows what is in a file of a run: rows of Parquet, or a JSON document as it is",
    .details = "If a run has several artifacts of a type, name one by its path.",
    .examples =
        "daybook artifacts show @latest summary\n"
        "daybook artifacts show policy-20 trades --format csv --output trades.csv\n"
        "daybook artifacts show @latest config_json",
    .common_flags = kLedgerFlag | kFormatFlag | kOutputFlag,
    .make = make_command<ArtifactsShowCommand>,
};

extern constinit const CommandInfo kArtifactsGetCommand = {
    .name = "artifacts get",
    .summary = "Gives a file of a run back, byte for byte",
    .details =
        "With --output the bytes are held against the SHA-256 that was recorded, and the file\n"
        "appears when it is whole.  If a run has several artifacts of a type, name one by its\n"
        "path.",
    .examples =
        "daybook artifacts get @latest summary\n"
        "daybook artifacts get @latest config_json --output config.json",
    .common_flags = kLedgerFlag,
    .make = make_command<ArtifactsGetCommand>,
};

}  // namespace daybook::cli
