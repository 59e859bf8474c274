#include "archive/rewrite.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "archive/inflate.h"
#include "archive/parquet_file.h"
#include "archive/read_back.h"
#include "base/check.h"
#include "base/hash.h"
#include "duck/rows.h"
#include "duck/sql.h"
#include "json/envelope.h"
#include "log/line.h"
#include "os/file.h"

namespace daybook::archive {
namespace {

std::vector<ArchivedPart> parts_of(const Manifest& manifest, const ArchiveFile& file) {
    std::vector<ArchivedPart> parts;
    for (const ArchivedPart& part : manifest.parts) {
        if (part.file == file.name) parts.push_back(part);
    }
    return parts;
}

// Takes the lines of one part, one by one, and gives those that stay to the new file.
class PartRewrite {
public:
    PartRewrite(const ArchivedPart& part, const RemoveEvent& remove, ParquetFile& file)
        : old_(part), new_(part), remove_(remove), file_(file) {
        new_.first_line = std::nullopt;
        new_.last_line = std::nullopt;
        chunk_.part = part.part;
    }

    Status add(const ArchivedLine& line) {
        const bool is_last_unfinished = line.offset + line.bytes.size() == ByteOffset(old_.bytes);
        read_.update(line.bytes);
        if (!is_last_unfinished) read_.update("\n");
        const std::uint64_t length = line.bytes.size() + (is_last_unfinished ? 0 : 1);
        const log::Line judged = log::judge_line(line.bytes, line.offset);
        if (!is_last_unfinished && is_removed(line, judged, length)) {
            take_out(line, judged, length);
            return {};
        }
        end_range();
        keep(line, judged, is_last_unfinished, length);
        if (chunk_.bytes.size() < kChunkBytes && ++chunk_lines_ < kChunkLines) return {};
        return flush();
    }

    // What the part has become.  kCorrupt: the lines were not those of the manifest; what is left
    // of them would else pass for sound, under a hash of its own.
    Result<ArchivedPart> finish(const std::string& path) {
        end_range();
        const std::string found = to_hex(read_.finish());
        if (found != old_.readable_sha256()) {
            return fail(ErrorCode::kCorrupt,
                        "rewrite {}: {} has SHA-256 {}, expected {}; 'daybook verify --deep' looks "
                        "at all files; put this one back from a copy",
                        path, to_string(old_.part), found, old_.readable_sha256());
        }
        if (!chunk_.bytes.empty()) RETURN_IF_ERROR(flush());
        if (removed_.empty()) return old_;
        ++new_.rewrites;
        new_.left_bytes = totals_.bytes_left;
        new_.left_sha256 = to_hex(left_.finish());
        new_.removed.insert(new_.removed.end(), removed_.begin(), removed_.end());
        std::sort(new_.removed.begin(), new_.removed.end(),
                  [](const RemovedRange& a, const RemovedRange& b) { return a.offset < b.offset; });
        return new_;
    }

    const std::vector<RemovedRange>& removed() const { return removed_; }
    const RewriteTotals& totals() const { return totals_; }

private:
    bool is_removed(const ArchivedLine& line, const log::Line& judged, std::uint64_t length) {
        if (judged.kind == log::LineKind::kDamaged) return false;
        const std::optional<json::Envelope> envelope = envelopes_.read(line.bytes);
        if (!envelope || !fits_columns(*envelope)) return false;
        return remove_({.part = old_.part,
                        .offset = line.offset,
                        .event_type = envelope->event_type,
                        .event_id = envelope->event_id,
                        .timestamp = envelope->timestamp,
                        .run_id = envelope->run_id,
                        .bytes = length});
    }

    void take_out(const ArchivedLine& line, const log::Line& judged, std::uint64_t length) {
        const bool is_ours = judged.kind == log::LineKind::kOurs;
        if (range_ && range_->offset + range_->length != line.offset) end_range();
        // A number that was missing before is not explained by what goes now.
        if (range_ && is_ours && range_->last_seq != log::Seq(0) &&
            judged.seq != range_->last_seq + 1) {
            end_range();
        }
        if (!range_) {
            range_.emplace(RemovedRange{.offset = line.offset});
            range_hash_ = Sha256();
        }
        range_->length += length;
        ++range_->lines;
        if (is_ours) {
            if (range_->first_seq == log::Seq(0)) range_->first_seq = judged.seq;
            range_->last_seq = judged.seq;
        }
        range_hash_.update(line.bytes);
        range_hash_.update("\n");
        ++totals_.events_removed;
        totals_.bytes_removed += length;
    }

    void end_range() {
        if (!range_) return;
        range_->sha256 = to_hex(range_hash_.finish());
        removed_.push_back(std::move(*range_));
        range_.reset();
    }

    void keep(const ArchivedLine& line, const log::Line& judged, bool unfinished,
              std::uint64_t length) {
        const std::size_t begin = chunk_.bytes.size();
        chunk_.bytes += line.bytes;
        if (!unfinished) {
            chunk_.bytes += '\n';
            // In what is left, lines lie side by side.
            const log::LineMark mark{ByteOffset(totals_.bytes_left), judged.checksum};
            if (!new_.first_line) new_.first_line = mark;
            new_.last_line = mark;
        }
        left_.update(std::string_view(chunk_.bytes).substr(begin));
        std::vector<Stretch>& stretches = chunk_.stretches;
        if (!stretches.empty() && line.offset == end_) {
            stretches.back().end = chunk_.bytes.size();
        } else {
            stretches.push_back({line.offset, begin, chunk_.bytes.size()});
        }
        end_ = line.offset + length;
        ++totals_.events_left;
        totals_.bytes_left += length;
    }

    Status flush() {
        LineChunk chunk = std::move(chunk_);
        chunk_ = {.part = old_.part};
        chunk_lines_ = 0;
        return file_.add(std::move(chunk));
    }

    const ArchivedPart& old_;
    ArchivedPart new_;
    const RemoveEvent& remove_;
    ParquetFile& file_;
    json::EnvelopeReader envelopes_;
    LineChunk chunk_;
    std::size_t chunk_lines_ = 0;
    ByteOffset end_{};  // of the line that was kept last, in the part as it was written
    Sha256 read_;       // of all lines
    Sha256 left_;
    std::optional<RemovedRange> range_;  // the one that lines are being added to
    Sha256 range_hash_;
    std::vector<RemovedRange> removed_;
    RewriteTotals totals_;
};

Status rewrite_parts(ParquetFile& file, const std::string& path,
                     const std::vector<ArchivedPart>& parts, const RemoveEvent& remove,
                     const Progress& progress, RewrittenFile& result) {
    ASSIGN_OR_RETURN(const Inflater inflater, Inflater::open());
    for (const ArchivedPart& part : parts) {
        PartRewrite rewrite(part, remove, file);
        RETURN_IF_ERROR(inflater.for_each_line(
            path, part.part, [&](const ArchivedLine& line) { return rewrite.add(line); }));
        ASSIGN_OR_RETURN(ArchivedPart rewritten, rewrite.finish(path));
        const RewriteTotals& totals = rewrite.totals();
        for (const RemovedRange& range : rewrite.removed()) {
            result.removed.push_back({part.part, range});
        }
        result.totals.events_removed += totals.events_removed;
        result.totals.bytes_removed += totals.bytes_removed;
        result.totals.events_left += totals.events_left;
        result.totals.bytes_left += totals.bytes_left;
        result.parts.push_back(std::move(rewritten));
        if (progress && !progress(part.readable_bytes())) {
            return fail(ErrorCode::kCancelled, "rewrite {}: stopped", path);
        }
    }
    return {};
}

Result<RewrittenFile> rewrite(const std::string& from, const std::string& to,
                              const std::string& name, const std::vector<ArchivedPart>& parts,
                              const RemoveEvent& remove, const Progress& progress) {
    RewrittenFile result;
    ASSIGN_OR_RETURN(ParquetFile file, ParquetFile::create(to, encoder_threads()));
    RETURN_IF_ERROR(rewrite_parts(file, from, parts, remove, progress, result));
    ASSIGN_OR_RETURN(ParquetFile::Facts facts, file.finish());
    for (ArchivedPart& part : result.parts) {
        part.file = part.readable_bytes() > 0 ? name : "";
    }
    if (result.totals.bytes_left == 0) {
        RETURN_IF_ERROR(os::remove_file(to));
        return result;
    }
    result.file = ArchiveFile{
        .name = name, .bytes = facts.bytes, .sha256 = std::move(facts.sha256), .rows = facts.rows};
    RETURN_IF_ERROR(read_back(to, *result.file, result.parts));
    return result;
}

}  // namespace

Result<RewrittenFile> rewrite_file(const ArchiveLayout& layout, const Manifest& manifest,
                                   const ArchiveFile& file, FileNumber number,
                                   const RemoveEvent& remove, const Progress& progress) {
    const std::string name = file_name(number);
    DAYBOOK_CHECK(name != file.name);
    const std::string from = layout.file_path(manifest.day, file.name);
    const std::string to = layout.file_path(manifest.day, name) + std::string(kUnfinished);
    RETURN_IF_ERROR(os::remove_file(to));
    Result<RewrittenFile> rewritten =
        rewrite(from, to, name, parts_of(manifest, file), remove, progress);
    if (!rewritten) (void)os::remove_file(to);
    return rewritten;
}

Manifest with_rewritten(Manifest manifest, const ArchiveFile& file,
                        const RewrittenFile& rewritten) {
    std::erase_if(manifest.files,
                  [&](const ArchiveFile& entry) { return entry.name == file.name; });
    if (rewritten.file) manifest.files.push_back(*rewritten.file);
    std::sort(manifest.files.begin(), manifest.files.end(),
              [](const ArchiveFile& a, const ArchiveFile& b) { return a.name < b.name; });
    std::map<log::PartId, const ArchivedPart*> changed;
    for (const ArchivedPart& part : rewritten.parts) changed.emplace(part.part, &part);
    for (ArchivedPart& part : manifest.parts) {
        const auto found = changed.find(part.part);
        if (found != changed.end()) part = *found->second;
    }
    return manifest;
}

Result<FileNumber> next_file_number(const ArchiveLayout& layout, const Manifest& manifest) {
    FileNumber greatest{0};
    const auto see = [&](std::string_view name) {
        if (name.ends_with(kUnfinished)) name.remove_suffix(kUnfinished.size());
        if (const auto number = parse_file_name(name)) greatest = std::max(greatest, *number);
    };
    for (const ArchiveFile& file : manifest.files) see(file.name);
    const Result<std::vector<os::DirEntry>> entries = os::list_dir(layout.day_dir(manifest.day));
    if (!entries && entries.error().code() != ErrorCode::kNotFound) return fail(entries.error());
    if (entries) {
        for (const os::DirEntry& entry : *entries) see(entry.name);
    }
    return greatest + 1;
}

}  // namespace daybook::archive
