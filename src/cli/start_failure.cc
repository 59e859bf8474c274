#include "cli/start_failure.h"

#include <cstdlib>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/text.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

// What the kernel reads of a first line.
constexpr std::size_t kFirstLineBytesMax = 256;

// The ordinary file that `program` names, by PATH if it has no slash.
std::optional<std::string> find_file(const std::string& program) {
    const auto is_file = [](const std::string& path) {
        const auto info = os::file_info(path);
        return info && *info && (*info)->is_regular;
    };
    if (program.find('/') != std::string::npos) {
        return is_file(program) ? std::optional(program) : std::nullopt;
    }
    const char* const value = std::getenv("PATH");
    std::string_view places = value == nullptr ? "" : value;
    while (!places.empty()) {
        const std::size_t colon = places.find(':');
        const std::string place(places.substr(0, colon));
        std::string path = os::join_path(place.empty() ? "." : place, program);
        if (is_file(path)) return path;
        places.remove_prefix(colon == std::string_view::npos ? places.size() : colon + 1);
    }
    return std::nullopt;
}

// "/usr/bin/python9" of "#!/usr/bin/python9 -u"; empty if the file is no script.
std::string interpreter_of(const std::string& path) {
    const auto fd = os::open_fd(path, O_RDONLY);
    if (!fd) return {};
    std::string bytes(kFirstLineBytesMax, '\0');
    const auto got = os::read_at(fd->get(), ByteOffset(0), bytes, path);
    if (!got) return {};
    std::string_view line = std::string_view(bytes).substr(0, *got);
    if (!line.starts_with("#!")) return {};
    line = line.substr(0, line.find('\n')).substr(2);
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    line.remove_prefix(begin);
    return std::string(line.substr(0, line.find_first_of(" \t")));
}

}  // namespace

std::string explain_start_failure(const std::string& program, const Error& error) {
    if (error.code() != ErrorCode::kNotFound) {
        return error.message() +
               "; is it an executable file, with a first line such as #!/bin/sh if it is a script?";
    }
    const std::optional<std::string> file = find_file(program);
    if (!file) {
        const bool is_name = program.find('/') == std::string::npos;
        return error.message() + (is_name ? "; is it in PATH?" : "; there is no such file");
    }
    const std::string interpreter = interpreter_of(*file);
    if (interpreter.empty()) {
        return fmt::format(
            "{}: {} is there, but what it needs to be started (the loader that it "
            "names) is not",
            error.message(), *file);
    }
    const bool has_return = interpreter.ends_with('\r');
    return fmt::format("{}: {} is there, but its first line asks for {}, which is not there{}",
                       error.message(), *file, printable(interpreter),
                       has_return ? "; its lines end in CR LF, expected LF" : "");
}

}  // namespace daybook::cli
