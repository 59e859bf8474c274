#include "archive/archive_writer.h"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "archive/parquet_file.h"
#include "base/hash.h"
#include "os/file.h"

namespace daybook::archive {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
// Lengths of lines are 32-bit numbers with a sign in the file.
constexpr std::uint64_t kRowBytesMax = std::uint64_t{1} << 30;

// Cuts a part into chunks of whole lines, and hashes it on the way.
class PartChunks {
public:
    PartChunks(const SealedPart& part, os::UniqueFd fd) : part_(part), fd_(std::move(fd)) {}

    // The next one; nullopt at the end of the part, which then has been compared with its seal.
    Result<std::optional<LineChunk>> next() {
        std::string bytes = std::move(carried_);
        carried_ = {};
        std::size_t lines = 0;
        while (true) {
            const std::size_t have = bytes.size();
            ASSIGN_OR_RETURN(const bool more, read_more(bytes));
            if (!more) break;
            lines += static_cast<std::size_t>(
                std::count(bytes.begin() + static_cast<std::ptrdiff_t>(have), bytes.end(), '\n'));
            if (bytes.size() < kChunkBytes && lines < kChunkLines) continue;
            const std::size_t newline = bytes.rfind('\n');
            if (newline != std::string::npos) {
                carried_ = bytes.substr(newline + 1);
                bytes.resize(newline + 1);
                return chunk_of(std::move(bytes));
            }
            if (bytes.size() > kRowBytesMax) {
                return fail(ErrorCode::kLimit,
                            "archive {}: the line at offset {} is longer than {} bytes", part_.path,
                            begin_.value(), kRowBytesMax);
            }
        }
        if (!bytes.empty()) return chunk_of(std::move(bytes));
        RETURN_IF_ERROR(compare());
        return std::nullopt;
    }

private:
    Result<bool> read_more(std::string& bytes) {
        const std::size_t have = bytes.size();
        // At least the chunk at once, so that the string grows once.
        bytes.reserve(std::max(kChunkBytes + kReadBytes, have + kReadBytes));
        bytes.resize(have + kReadBytes);
        ASSIGN_OR_RETURN(
            const std::size_t got,
            os::read_at(fd_.get(), at_, std::span(bytes.data() + have, kReadBytes), part_.path));
        bytes.resize(have + got);
        hash_.update(std::string_view(bytes).substr(have));
        at_ += got;
        return got > 0;
    }

    LineChunk chunk_of(std::string bytes) {
        const std::size_t size = bytes.size();
        LineChunk chunk{
            .part = part_.part, .bytes = std::move(bytes), .stretches = {{begin_, 0, size}}};
        begin_ += size;
        return chunk;
    }

    Status compare() {
        const std::string found = to_hex(hash_.finish());
        if (found == part_.sha256 && at_ == ByteOffset(part_.bytes)) return {};
        return fail(ErrorCode::kCorrupt,
                    "archive {}: it is not what was sealed: {} bytes with SHA-256 {}, expected {} "
                    "bytes with {}; see 'daybook verify --deep'",
                    part_.path, at_.value(), found, part_.bytes, part_.sha256);
    }

    const SealedPart& part_;
    os::UniqueFd fd_;
    Sha256 hash_;
    std::string carried_;  // behind the last whole line
    ByteOffset begin_{};   // of what the next chunk begins with
    ByteOffset at_{};      // of what is read next
};

// What row groups add to what is known of their parts.
class PartTotals {
public:
    PartTotals(std::span<const SealedPart> parts, const std::string& file) {
        for (const SealedPart& part : parts) {
            positions_.emplace(part.part, parts_.size());
            parts_.push_back({.part = part.part,
                              .file = file,
                              .bytes = part.bytes,
                              .seal_sha256 = part.seal_sha256,
                              .sha256 = part.sha256});
        }
    }

    void add(const RowGroup& group) {
        ArchivedPart& part = parts_[positions_.at(group.part)];
        part.lines += group.rows;
        if (!part.first_line) part.first_line = group.first_line;
        if (group.last_line) part.last_line = group.last_line;
    }

    std::vector<ArchivedPart> take() { return std::move(parts_); }

private:
    std::map<log::PartId, std::size_t> positions_;
    std::vector<ArchivedPart> parts_;
};

Status add_part(ParquetFile& file, const SealedPart& part, const Progress& progress) {
    ASSIGN_OR_RETURN(os::UniqueFd fd, os::open_fd(part.path, O_RDONLY));
    PartChunks chunks(part, std::move(fd));
    while (true) {
        ASSIGN_OR_RETURN(std::optional<LineChunk> chunk, chunks.next());
        if (!chunk) return {};
        const std::uint64_t bytes = chunk->bytes.size();
        RETURN_IF_ERROR(file.add(std::move(*chunk)));
        if (progress && !progress(bytes)) {
            return fail(ErrorCode::kCancelled, "archive {}: stopped", part.path);
        }
    }
}

Status check_size(const SealedPart& part) {
    if (part.bytes <= kArchivedPartBytesMax) return {};
    return fail(ErrorCode::kLimit,
                "archive {}: it has {} bytes, at most {} are archived; it stays where it is",
                part.path, part.bytes, kArchivedPartBytesMax);
}

Result<WrittenFile> write(const std::string& path, const std::string& name,
                          std::span<const SealedPart> parts, const Progress& progress) {
    for (const SealedPart& part : parts) RETURN_IF_ERROR(check_size(part));
    PartTotals totals(parts, name);
    ASSIGN_OR_RETURN(ParquetFile file,
                     ParquetFile::create(path, encoder_threads(),
                                         [&](const RowGroup& group) { totals.add(group); }));
    for (const SealedPart& part : parts) RETURN_IF_ERROR(add_part(file, part, progress));
    ASSIGN_OR_RETURN(ParquetFile::Facts facts, file.finish());
    return WrittenFile{.file = {.name = name,
                                .bytes = facts.bytes,
                                .sha256 = std::move(facts.sha256),
                                .rows = facts.rows},
                       .parts = totals.take()};
}

}  // namespace

Result<WrittenFile> write_archive(const std::string& path, const std::string& name,
                                  std::span<const SealedPart> parts, const Progress& progress) {
    RETURN_IF_ERROR(os::remove_file(path));
    Result<WrittenFile> written = write(path, name, parts, progress);
    // A full disk is not to stay full of what is of no use.
    if (!written) (void)os::remove_file(path);
    return written;
}

}  // namespace daybook::archive
