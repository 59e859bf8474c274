#include "os/process_look.h"

#include <array>
#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "os/file.h"
#include "os/process.h"

namespace daybook::os {
namespace {

// Numbers of fields in /proc/PID/stat, from 1 (proc_pid_stat(5)).
constexpr std::size_t kStateField = 3;
constexpr std::size_t kParentField = 4;
constexpr std::size_t kThreadsField = 20;
constexpr std::size_t kStartField = 22;

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

ProcessLook look_from_stat(std::string_view stat) {
    ProcessLook look{.exists = true};
    // The second field is the program's name in parentheses and may hold anything, so fields are
    // counted from its end.
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string_view::npos) return look;
    std::array<std::string_view, kStartField + 1> fields;
    std::string_view rest = stat.substr(name_end + 1);
    for (std::size_t field = kStateField; field <= kStartField; ++field) {
        const std::size_t begin = rest.find_first_not_of(" \n");
        if (begin == std::string_view::npos) return look;
        rest.remove_prefix(begin);
        fields[field] = rest.substr(0, rest.find_first_of(" \n"));
        rest.remove_prefix(fields[field].size());
    }
    look.start_ticks = number(fields[kStartField]);
    look.parent = number(fields[kParentField]).value_or(0);
    // Where only the first thread has ended, the others still work, and are counted.
    const bool first_thread_ended = fields[kStateField] == "Z" || fields[kStateField] == "X";
    look.ended = first_thread_ended && number(fields[kThreadsField]).value_or(0) <= 1;
    return look;
}

ProcessLook look_at_process(std::int64_t pid) {
    const std::string path = fmt::format("/proc/{}/stat", pid);
    // Files under /proc say that they are empty; they are read until they end.
    if (const Result<UniqueFd> fd = open_fd(path, O_RDONLY)) {
        std::string stat(4096, '\0');
        stat.resize(read_at(fd->get(), ByteOffset(0), stat, path).value_or(0));
        if (!stat.empty()) return look_from_stat(stat);
    }
    return {.exists = process_exists(pid)};
}

std::string process_name(std::int64_t pid) {
    const std::string path = fmt::format("/proc/{}/comm", pid);
    const Result<UniqueFd> fd = open_fd(path, O_RDONLY);
    if (!fd) return "";
    std::string name(64, '\0');
    name.resize(read_at(fd->get(), ByteOffset(0), name, path).value_or(0));
    while (name.ends_with('\n')) name.pop_back();
    return name;
}

}  // namespace daybook::os
