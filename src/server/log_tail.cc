#include "server/log_tail.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "os/file.h"

namespace daybook::server {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::array<std::string_view, 3> kEnds = {R"("run.completed")", R"("run.failed")",
                                                   R"("run.cancelled")"};
constexpr std::string_view kHeartbeat = R"("run.heartbeat")";

}  // namespace

void look_at_lines(std::string_view lines, json::Parser& parser, TailNews& news) {
    for (const std::string_view end : kEnds) {
        news.run_ended = news.run_ended || lines.find(end) != std::string_view::npos;
    }
    for (std::size_t at = lines.find(kHeartbeat); at != std::string_view::npos;
         at = lines.find(kHeartbeat, at)) {
        const std::size_t before = lines.rfind('\n', at);
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        const std::size_t end = std::min(lines.find('\n', at), lines.size());
        std::string type;
        std::string run_id;
        parser.for_each_field(lines.substr(begin, end - begin), 0,
                              [&](std::string_view key, json::Node value) {
                                  if (key != "event_type" && key != "run_id") return;
                                  std::string& field = key == "run_id" ? run_id : type;
                                  field = value.as_string().value_or(std::string_view());
                              });
        if (type == "run.heartbeat" && !run_id.empty()) news.heartbeats.push_back(run_id);
        at = end;
    }
}

Result<ByteOffset> read_tail(const log::LogSource& source, const log::PartId& part, ByteOffset from,
                             std::uint64_t bytes_max, TailNews& news) {
    const Result<log::OpenPart> file = log::open_part(source, part);
    if (!file && file.error().code() == ErrorCode::kNotFound) return from;
    if (!file) return fail(file.error());
    json::Parser parser;
    std::string block;
    const ByteOffset end = from + bytes_max;
    while (from < end) {
        block.resize(kBlockBytes);
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(file->fd.get(), from, block, file->path));
        const std::string_view read = std::string_view(block).substr(0, got);
        const std::size_t newline = read.rfind('\n');
        // A line longer than a block is passed over piece by piece; its type stands at its front.
        const bool is_long = newline == std::string_view::npos && got == kBlockBytes;
        const std::size_t used = is_long ? got : newline + 1;  // npos + 1 is 0
        if (used == 0) break;
        look_at_lines(read.substr(0, used), parser, news);
        from += used;
    }
    return from;
}

}  // namespace daybook::server
