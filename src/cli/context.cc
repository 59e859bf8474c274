#include "cli/context.h"

namespace daybook::cli {

ExitCode Context::report(const Error& error, ExitCode code) const {
    report_error(error_style, error.message());
    return error.code() == ErrorCode::kCancelled ? ExitCode::kInterrupted : code;
}

Result<ExitCode> Context::refuse_log(const Error& error) const {
    const bool cannot_look = error.code() == ErrorCode::kNotFound ||
                             error.code() == ErrorCode::kUnsupported ||
                             error.code() == ErrorCode::kCorrupt;
    if (!cannot_look) return fail(error);
    return report(error, ExitCode::kUsage);
}

void report_error(const Style& error_style, std::string_view message) {
    write_standard_error(fmt::format("daybook: {}error:{} {}\n",
                                     error_style.colour ? "\x1b[1;31m" : "",
                                     error_style.colour ? "\x1b[0m" : "", message));
}

void report_note(std::string_view message) {
    write_standard_error(fmt::format("daybook: {}\n", message));
}

}  // namespace daybook::cli
