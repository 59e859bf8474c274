#include "query/catalog.h"

#include <algorithm>

#include "duck/sql.h"
#include "ledger/artifact_facts.h"
#include "os/file.h"

namespace daybook::query {
namespace {

constexpr std::string_view kColumns =
    "a.run_id, a.artifact_type, a.artifact_path, a.format, a.size_bytes, a.rows, a.sha256, "
    "a.trial_id";

std::optional<std::string> text_of(const duck::Rows& rows, std::size_t column) {
    if (rows.is_null(column)) return std::nullopt;
    return rows.text(column);
}

Result<std::vector<CatalogFile>> read_files(duck::Rows rows, const std::string& root) {
    std::vector<CatalogFile> files;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return files;
        CatalogFile file{.run_id = rows.text(0), .type = rows.text(1), .path = rows.text(2)};
        file.file = file.path.starts_with('/') ? file.path : os::join_path(root, file.path);
        file.format = text_of(rows, 3).value_or(ledger::format_of_name(file.path).value_or(""));
        if (!rows.is_null(4)) file.size_bytes = rows.get_int64(4);
        if (!rows.is_null(5)) file.rows = rows.get_int64(5);
        file.sha256 = text_of(rows, 6);
        file.trial_id = text_of(rows, 7);
        files.push_back(std::move(file));
    }
}

std::string literal_list(const std::vector<std::string>& values) {
    std::string list;
    for (const std::string& value : values) {
        list += (list.empty() ? "" : ", ") + duck::quote_literal(value);
    }
    return list;
}

}  // namespace

std::string_view to_string(FileState state) {
    switch (state) {
        case FileState::kPresent: return "present";
        case FileState::kMissing: return "missing";
        case FileState::kOtherSize: return "other size";
        case FileState::kNoFile: return "no file";
        case FileState::kUnreadable: return "unreadable";
    }
    return "";
}

FileLook look_at(const CatalogFile& file) {
    const Result<std::optional<os::FileInfo>> looked = os::file_info(file.file);
    if (!looked) return {FileState::kUnreadable, looked.error().message()};
    const std::optional<os::FileInfo>& info = *looked;
    if (!info) return {FileState::kMissing, "the file is missing"};
    if (!info->is_regular) {
        return {FileState::kNoFile,
                fmt::format("it is {}, no file",
                            info->is_directory ? "a directory" : "a pipe or a device")};
    }
    if (info->size == ByteOffset(static_cast<std::uint64_t>(file.size_bytes))) return {};
    return {FileState::kOtherSize,
            fmt::format("it has {} bytes, {} were recorded", info->size.value(), file.size_bytes)};
}

Result<std::vector<CatalogFile>> files_of_run(Session& session, const std::string& root,
                                              const std::string& run_id) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query(fmt::format("SELECT {} FROM artifacts_catalog a "
                                               "WHERE a.run_id = $1 ORDER BY a.artifact_path",
                                               kColumns),
                                   {run_id}));
    return read_files(std::move(rows), root);
}

Result<std::vector<CatalogFile>> files_of_completed_runs(Session& session, const std::string& root,
                                                         const FileChoice& choice) {
    std::string where = fmt::format("r.status = 'completed' AND a.artifact_type IN ({})",
                                    literal_list(choice.types));
    if (!choice.run_ids.empty()) {
        where += fmt::format(
            " AND r.run_id IN (SELECT run_id FROM run_tree WHERE list_has_any(path, [{}]))",
            literal_list(choice.run_ids));
    }
    if (!choice.experiment.empty()) {
        where += " AND r.experiment = " + duck::quote_literal(choice.experiment);
    }
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        session.query(fmt::format(
            "SELECT {} FROM artifacts_catalog a JOIN _latest_runs r USING (run_id) WHERE {} "
            "ORDER BY coalesce(r.created_at_ms, r.started_at_ms, r.last_event_ms) DESC, "
            "r.run_id DESC, a.artifact_path",
            kColumns, where)));
    ASSIGN_OR_RETURN(std::vector<CatalogFile> files, read_files(std::move(rows), root));
    std::erase_if(files, [](const CatalogFile& file) { return file.format != "parquet"; });
    return files;
}

}  // namespace daybook::query
