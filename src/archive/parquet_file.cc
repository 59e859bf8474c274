#include "archive/parquet_file.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "archive/parquet_encoding.h"
#include "base/hash.h"
#include "os/file.h"
#include "os/process.h"

namespace daybook::archive {
namespace {

using Type = ThriftWriter::Type;

// More do not help: one thread reads and hashes for them.
constexpr unsigned kEncodersMax = 8;
constexpr std::string_view kMagic = "PAR1";
constexpr int kRequired = 0;
constexpr int kOptional = 1;
constexpr int kConvertedUtf8 = 0;

// Where a row group stands.
struct Placed {
    RowGroup group;  // without its bytes
    std::array<std::uint64_t, kFieldCount> offsets{};
    std::uint64_t compressed = 0;
};

void append_schema(ThriftWriter& out) {
    out.list(2, Type::kStruct, kFieldCount + 1);
    out.begin_struct();
    out.binary(4, "line");
    out.i32(5, static_cast<std::int32_t>(kFieldCount));
    out.end_struct();
    for (std::size_t i = 0; i < kFieldCount; ++i) {
        const FieldInfo& info = info_of(static_cast<Field>(i));
        out.begin_struct();
        out.i32(1, physical_type(info));
        out.i32(3, info.optional ? kOptional : kRequired);
        out.binary(4, info.name);
        if (info.is_text) {
            out.i32(6, kConvertedUtf8);
            // LogicalType: STRING.
            out.begin_struct(10);
            out.begin_struct(1);
            out.end_struct();
            out.end_struct();
        }
        out.end_struct();
    }
}

void append_row_group(ThriftWriter& out, const Placed& placed, std::size_t ordinal) {
    out.begin_struct();
    out.list(1, Type::kStruct, kFieldCount);
    std::uint64_t uncompressed = 0;
    for (std::size_t i = 0; i < kFieldCount; ++i) {
        const ColumnChunk& column = placed.group.columns[i];
        append_column_chunk(out, static_cast<Field>(i), column, placed.offsets[i]);
        uncompressed += column.uncompressed;
    }
    out.i64(2, static_cast<std::int64_t>(uncompressed));
    out.i64(3, static_cast<std::int64_t>(placed.group.rows));
    // Sorted by part and offset.
    out.list(4, Type::kStruct, 2);
    for (const std::int32_t column : {0, 1}) {
        out.begin_struct();
        out.i32(1, column);
        out.boolean(2, false);
        out.boolean(3, false);
        out.end_struct();
    }
    out.i64(5, static_cast<std::int64_t>(placed.offsets.front()));
    out.i64(6, static_cast<std::int64_t>(placed.compressed));
    // 16 bits, and not needed.
    if (ordinal <= INT16_MAX) out.i16(7, static_cast<std::int16_t>(ordinal));
    out.end_struct();
}

std::string footer_of(const std::vector<Placed>& groups, std::uint64_t rows) {
    std::string footer;
    ThriftWriter out(footer);
    out.begin_struct();
    out.i32(1, 1);
    append_schema(out);
    out.i64(3, static_cast<std::int64_t>(rows));
    out.list(4, Type::kStruct, groups.size());
    for (std::size_t i = 0; i < groups.size(); ++i) append_row_group(out, groups[i], i);
    out.binary(6, "daybook archive format 1");
    // Bounds are ordered as their types say.
    out.list(7, Type::kStruct, kFieldCount);
    for (std::size_t i = 0; i < kFieldCount; ++i) {
        out.begin_struct();
        out.begin_struct(1);
        out.end_struct();
        out.end_struct();
    }
    out.end_struct();
    append_u32(footer, static_cast<std::uint32_t>(footer.size()));
    footer += kMagic;
    return footer;
}

}  // namespace

struct ParquetFile::Work {
    Work(os::UniqueFd file, std::string file_path, unsigned thread_count, OnRowGroup callback)
        : fd(std::move(file)),
          path(std::move(file_path)),
          room(thread_count + 1),
          on_row_group(std::move(callback)) {
        write(kMagic);
        for (unsigned i = 0; i < thread_count; ++i) {
            threads.emplace_back([this] { encode_chunks(); });
        }
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    ~Work() { join(); }

    void join() {
        {
            const std::lock_guard lock(mutex);
            ended = true;
        }
        changed.notify_all();
        for (std::thread& thread : threads) {
            if (thread.joinable()) thread.join();
        }
    }

    void encode_chunks() {
        RowGroupEncoder encoder;
        std::unique_lock lock(mutex);
        while (true) {
            changed.wait(lock, [&] { return !waiting.empty() || ended; });
            if (waiting.empty()) return;
            const auto [number, chunk] = std::move(waiting.front());
            waiting.pop_front();
            lock.unlock();
            RowGroup group = encoder.encode(chunk);
            lock.lock();
            encoded.emplace(number, std::move(group));
            write_encoded();
            changed.notify_all();
        }
    }

    // Writes the groups whose turn it is.  Under the lock: writing is fast beside encoding.
    void write_encoded() {
        for (auto next = encoded.begin(); next != encoded.end() && next->first == written;
             next = encoded.begin()) {
            place(std::move(next->second));
            encoded.erase(next);
            ++written;
        }
    }

    void place(RowGroup group) {
        Placed placed{.group = std::move(group)};
        for (std::size_t i = 0; i < kFieldCount; ++i) {
            ColumnChunk& column = placed.group.columns[i];
            placed.offsets[i] = facts.bytes;
            placed.compressed += column.bytes.size();
            write(column.bytes);
            column.compressed = column.bytes.size();
        }
        facts.rows += placed.group.rows;
        if (on_row_group) on_row_group(placed.group);
        for (ColumnChunk& column : placed.group.columns) column.bytes = {};
        groups.push_back(std::move(placed));
    }

    void write(std::string_view bytes) {
        if (!status) return;
        os::WriteOutcome outcome = os::write_all(fd.get(), bytes, path);
        if (outcome.error) status = fail(std::move(*outcome.error));
        sha256.update(bytes);
        facts.bytes += bytes.size();
    }

    os::UniqueFd fd;
    std::string path;
    std::size_t room;
    OnRowGroup on_row_group;
    std::vector<std::thread> threads;

    std::mutex mutex;
    std::condition_variable changed;
    // Guarded by `mutex` from here on.
    bool ended = false;
    std::size_t added = 0;
    std::size_t written = 0;
    std::deque<std::pair<std::size_t, LineChunk>> waiting;
    std::map<std::size_t, RowGroup> encoded;
    Status status;
    Sha256 sha256;
    Facts facts;
    std::vector<Placed> groups;
};

unsigned encoder_threads() { return std::min(os::processor_count(), kEncodersMax); }

ParquetFile::ParquetFile(std::unique_ptr<Work> work) : work_(std::move(work)) {}
ParquetFile::~ParquetFile() = default;
ParquetFile::ParquetFile(ParquetFile&&) noexcept = default;
ParquetFile& ParquetFile::operator=(ParquetFile&&) noexcept = default;

Result<ParquetFile> ParquetFile::create(const std::string& path, unsigned threads,
                                        OnRowGroup on_row_group) {
    ASSIGN_OR_RETURN(os::UniqueFd fd, os::open_fd(path, O_WRONLY | O_CREAT | O_EXCL, 0444));
    return ParquetFile(std::make_unique<Work>(std::move(fd), path, std::max(threads, 1U),
                                              std::move(on_row_group)));
}

Status ParquetFile::add(LineChunk chunk) {
    std::unique_lock lock(work_->mutex);
    work_->changed.wait(lock, [&] { return work_->added - work_->written < work_->room; });
    RETURN_IF_ERROR(work_->status);
    work_->waiting.emplace_back(work_->added++, std::move(chunk));
    work_->changed.notify_all();
    return {};
}

Result<ParquetFile::Facts> ParquetFile::finish() {
    work_->join();
    RETURN_IF_ERROR(work_->status);
    work_->write(footer_of(work_->groups, work_->facts.rows));
    RETURN_IF_ERROR(work_->status);
    RETURN_IF_ERROR(os::sync_data(work_->fd.get(), work_->path));
    work_->facts.sha256 = to_hex(work_->sha256.finish());
    return work_->facts;
}

}  // namespace daybook::archive
