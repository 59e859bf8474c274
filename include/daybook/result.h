// Errors as values: what every function that can fail returns.
//
// Nothing of Daybook throws.  An Error carries a code, chosen for the caller's next step, and a
// message for people: lower case, "attempt: what happened", naming the file, the field, the sizes.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace daybook {

// What the caller can do about an error.
enum class ErrorCode {
    kInvalidArgument,   // The input is wrong: mend it; trying again cannot help.
    kNotFound,          // What was named is not there.
    kAlreadyExists,     // What was to be made is there already.
    kPermissionDenied,  // The operating system says no: change owner or mode.
    kBusy,              // Another process holds it: wait, or end that process.
    kNoSpace,           // Disk full, quota or file size limit: make room, then try again.
    kIo,                // The device or the file system failed.
    kCorrupt,           // Bytes on disk are not what Daybook wrote.
    kUnsupported,       // This machine, file system or version cannot do it.
    kLimit,             // A documented limit (see limits.h) is exceeded.
    kCancelled,         // The caller asked to stop.
    kInternal,          // A library refused something that should have worked.
};

// The code's stable, lower-case name, such as "no_space".
const char* to_string(ErrorCode code);

class Error {
public:
    Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

    ErrorCode code() const { return code_; }
    const std::string& message() const { return message_; }

    // The same error with "`context`: " before its message.
    Error with_context(const std::string& context) const {
        return Error(code_, context + ": " + message_);
    }

    bool operator==(const Error&) const = default;

private:
    ErrorCode code_;
    std::string message_;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

}  // namespace daybook
