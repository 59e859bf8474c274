#include "index/batch_reader.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "json/document.h"

namespace daybook::index {
namespace {

// What one thread decodes at a time.
constexpr std::size_t kSliceBytes = std::size_t{2} << 20;

// A stretch of whole lines.
struct Slice {
    std::string_view bytes;
    ByteOffset offset{};  // in the part
    std::uint32_t part = 0;
};

// What a slice adds to its part's state.
struct SliceCount {
    std::uint64_t lines = 0;
    std::uint64_t damaged = 0;
    log::Line first;
    log::Line last;
};

SliceCount decode_slice(const Slice& slice, Decoder& decoder, Staging& staging) {
    SliceCount count;
    log::Scanner scanner(slice.bytes, slice.offset);
    while (const auto line = scanner.next()) {
        if (count.lines == 0) count.first = *line;
        count.last = *line;
        ++count.lines;
        decoder.decode(*line, slice.part, staging);
    }
    count.damaged = staging.damage.size();
    return count;
}

void add_count(const SliceCount& count, const Staging& staging, PartState& part) {
    if (count.lines == 0) return;
    if (part.lines == 0) {
        part.first_offset = count.first.offset.value();
        part.first_checksum = count.first.checksum;
    }
    part.lines += count.lines;
    part.damaged += count.damaged;
    part.foreign += staging.foreign;
    part.last_offset = count.last.offset.value();
    part.last_checksum = count.last.checksum;
    part.bytes = count.last.end().value();
}

// Cuts the whole lines of `bytes` into slices.
void add_slices(std::string_view bytes, ByteOffset offset, std::uint32_t part,
                std::vector<Slice>& slices) {
    while (!bytes.empty()) {
        std::size_t end = bytes.size();
        if (end > kSliceBytes) end = bytes.find('\n', kSliceBytes) + 1;
        slices.push_back({bytes.substr(0, end), offset, part});
        bytes.remove_prefix(end);
        offset += end;
    }
}

}  // namespace

struct BatchReader::Chunk {
    std::unique_ptr<char[]> memory;
    std::string_view lines;  // whole ones
    ByteOffset offset{};
    std::uint32_t part = 0;
};

// The next whole lines of `part`, about `room` bytes of them; nullopt if there is no whole line
// left.
Result<std::optional<BatchReader::Chunk>> BatchReader::read_chunk(PartWork& part,
                                                                  std::uint64_t room) {
    const std::string path = layout_.part_path(part.id);
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    const ByteOffset begin(part.state.bytes);
    while (begin < part.size) {
        const std::uint64_t left = part.size - begin;
        const auto size = static_cast<std::size_t>(std::min(left, room));
        Chunk chunk;
        chunk.memory = std::make_unique_for_overwrite<char[]>(size + json::kPadding);
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(fd.get(), begin, {chunk.memory.get(), size}, path));
        std::memset(chunk.memory.get() + got, 0, size - got + json::kPadding);
        const std::string_view bytes(chunk.memory.get(), got);
        const std::size_t newline = bytes.rfind('\n');
        if (newline != std::string_view::npos) {
            chunk.lines = bytes.substr(0, newline + 1);
            chunk.offset = begin;
            return chunk;
        }
        if (got < size || size == left) break;
        room *= 2;  // A line that is longer than the room.
    }
    return std::nullopt;
}

Result<std::optional<Batch>> BatchReader::next() {
    Batch batch;
    std::vector<Chunk> chunks;
    std::uint64_t room = options_.batch_bytes;
    while (at_ < work_.size() && room > 0) {
        PartWork& part = work_[at_];
        if (!batch.parts.empty() && batch.again != part.again) break;
        ASSIGN_OR_RETURN(std::optional<Chunk> chunk, read_chunk(part, room));
        if (!chunk) {
            ++at_;
            continue;
        }
        const auto size = chunk->lines.size();
        chunk->part = static_cast<std::uint32_t>(batch.parts.size());
        batch.again = part.again;
        batch.lines_bytes += size;
        batch.parts.push_back(part.state);
        part.state.bytes += size;
        room -= std::min<std::uint64_t>(room, size);
        // What is left of the room would make a small chunk of a large part: the next batch reads
        // it.
        if (ByteOffset(part.state.bytes) < part.size) room = 0;
        chunks.push_back(std::move(*chunk));
    }
    if (chunks.empty()) return std::nullopt;
    decode(batch, chunks);
    for (Chunk& chunk : chunks) batch.bytes.push_back(std::move(chunk.memory));
    for (const PartState& state : batch.parts) {
        const auto part = std::find_if(work_.begin(), work_.end(), [&](const PartWork& work) {
            return work.state.name == state.name;
        });
        part->state = state;
    }
    return batch;
}

void BatchReader::decode(Batch& batch, const std::vector<Chunk>& chunks) const {
    std::vector<Slice> slices;
    for (const Chunk& chunk : chunks) add_slices(chunk.lines, chunk.offset, chunk.part, slices);
    batch.pieces = std::vector<Staging>(slices.size());
    std::vector<SliceCount> counts(slices.size());

    std::atomic<std::size_t> next_slice{0};
    const auto work = [&] {
        Decoder decoder(options_.upcaster);
        while (true) {
            const std::size_t i = next_slice.fetch_add(1);
            if (i >= slices.size()) break;
            counts[i] = decode_slice(slices[i], decoder, batch.pieces[i]);
        }
    };
    const std::size_t helpers =
        std::min<std::size_t>(options_.threads, std::max<std::size_t>(slices.size(), 1)) - 1;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < helpers; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < slices.size(); ++i) {
        add_count(counts[i], batch.pieces[i], batch.parts[slices[i].part]);
    }
}

}  // namespace daybook::index
