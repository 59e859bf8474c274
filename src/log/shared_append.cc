#include "log/shared_append.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "os/file.h"
#include "os/write_some.h"

namespace daybook::log {
namespace {

// What another tool may have written while one write of ours ran; more is not searched.
constexpr std::uint64_t kSearchBytesMax = std::uint64_t{64} << 20;
// How often a line is written again that was glued each time.
constexpr int kAttemptsMax = 100;

class Appending {
public:
    explicit Appending(const SharedPart& part) : part_(part), clean_(part.clean) {}

    SharedAppend run(std::string_view lines, Seq first, Seq synced) {
        write_all(lines);
        const std::string_view written = lines.substr(0, out_.bytes);
        const Seq next =
            first + static_cast<std::uint64_t>(std::count(written.begin(), written.end(), '\n'));
        for (std::size_t i = 0; i < buried_.size(); ++i) {
            if (write_again(lines.substr(buried_[i]), next, synced)) continue;
            // The lines behind it are in the part, but what is told is how many from the front.
            out_.bytes = buried_[i];
            out_.broken = true;
            break;
        }
        out_.clean = clean_;
        return std::move(out_);
    }

private:
    // Where one write has landed.
    struct Landing {
        std::size_t written = 0;
        bool glued = false;               // not known to begin where a line begins
        std::optional<ByteOffset> end{};  // where it ends, if that is known
        std::optional<Error> error{};
    };

    void write_all(std::string_view lines) {
        while (out_.bytes < lines.size()) {
            const std::string_view rest = lines.substr(out_.bytes);
            Landing landing = write_once(rest);
            const std::size_t whole = rest.substr(0, landing.written).rfind('\n') + 1;
            if (landing.glued && whole > 0) buried_.push_back(out_.bytes);
            out_.bytes += whole;
            if (landing.written > whole) {
                const bool lacks_newline = rest[landing.written] == '\n';
                const bool is_line = end_fragment(landing) && lacks_newline;
                out_.broken = landing.error.has_value();
                if (is_line) {
                    if (landing.glued && whole == 0) buried_.push_back(out_.bytes);
                    out_.bytes += landing.written + 1 - whole;
                }
            }
            if (!landing.error) continue;
            out_.error = std::move(landing.error);
            return;
        }
    }

    // The first line of `lines` once more, numbered on.
    bool write_again(std::string_view lines, Seq next, Seq synced) {
        const Line line = judge_line(lines.substr(0, lines.find('\n')), ByteOffset(0));
        std::string text(line.body);
        append_trailer(text, 0, next + out_.again_count, synced);
        for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
            Landing landing = write_once(text);
            const bool is_fragment = landing.written > 0 && landing.written < text.size();
            const bool lacks_newline = landing.written + 1 == text.size();
            const bool is_whole = !is_fragment || (end_fragment(landing) && lacks_newline);
            if (landing.error) {
                out_.error = std::move(landing.error);
                return false;
            }
            if (!is_whole || landing.glued) continue;
            out_.again += text;
            ++out_.again_count;
            return true;
        }
        out_.error = Error(ErrorCode::kBusy,
                           fmt::format("append to {}: unfinished lines of other tools were in the "
                                       "way {} times",
                                       part_.path, kAttemptsMax));
        return false;
    }

    Landing write_once(std::string_view text) {
        const Result<os::FileInfo> before = os::file_info(part_.fd, part_.path);
        if (!before) return {.error = before.error()};
        const bool clean = is_line_end(before->size);
        os::WriteOutcome outcome = os::write_some(part_.fd, text, part_.path);
        Landing landing{.written = outcome.written, .error = std::move(outcome.error)};
        if (landing.written == 0) return landing;
        const Result<os::FileInfo> after = os::file_info(part_.fd, part_.path);
        if (after && after->size == before->size + landing.written) {
            landing.glued = !clean;
            landing.end = after->size;
            if (landing.written == text.size()) clean_ = after->size;
            return landing;
        }
        landing.glued = true;
        if (after) find(text.substr(0, landing.written), before->size, after->size, landing);
        return landing;
    }

    // Somebody has written at the same time: before `text`, behind it, or both.
    void find(std::string_view text, ByteOffset from, ByteOffset to, Landing& landing) {
        if (to <= from || to - from > kSearchBytesMax) return;
        const std::uint64_t one_before = from == ByteOffset(0) ? 0 : 1;
        const ByteOffset begin(from.value() - one_before);
        std::string bytes(to - begin, '\0');
        const Result<std::size_t> got = os::read_at(part_.fd, begin, bytes, part_.path);
        if (!got) return;
        bytes.resize(*got);
        const std::size_t at = bytes.find(text, one_before);
        if (at == std::string::npos) return;
        landing.glued = at > 0 && bytes[at - 1] != '\n';
        landing.end = begin + (at + text.size());
        if (text.ends_with('\n')) clean_ = *landing.end;
    }

    bool is_line_end(ByteOffset offset) const {
        if (offset == clean_ || offset == ByteOffset(0)) return true;
        char last = 0;
        const Result<std::size_t> got =
            os::read_at(part_.fd, ByteOffset(offset.value() - 1), std::span(&last, 1), part_.path);
        return got && *got == 1 && last == '\n';
    }

    // Ends what a short write has left, so that no line of another tool is glued to it.  True: the
    // newline is known to stand directly behind it, so that a line which lacked no more is whole.
    bool end_fragment(Landing& landing) {
        const Result<os::FileInfo> before = os::file_info(part_.fd, part_.path);
        os::WriteOutcome outcome = os::write_some(part_.fd, "\n", part_.path);
        if (outcome.error) {
            landing.error = std::move(outcome.error);
            return false;
        }
        const Result<os::FileInfo> after = os::file_info(part_.fd, part_.path);
        if (!landing.end || !before || !after || before->size != *landing.end ||
            after->size != before->size + 1) {
            return false;
        }
        clean_ = after->size;
        return true;
    }

    const SharedPart& part_;
    ByteOffset clean_;
    SharedAppend out_;
    std::vector<std::size_t> buried_;  // where in the lines that were given
};

}  // namespace

SharedAppend append_shared(const SharedPart& part, std::string_view lines, Seq first, Seq synced) {
    return Appending(part).run(lines, first, synced);
}

}  // namespace daybook::log
