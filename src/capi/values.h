// The values of daybook.h as C++ sees them: views, as long as those of the caller live.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capi/handles.h"

namespace daybook::capi {

std::string_view view_of(daybook_str text);
// nullopt if it is not given.
std::optional<std::string_view> optional_view_of(daybook_str text);

// A list of texts; what `texts` points to is borrowed.
std::vector<std::string_view> views_of(const daybook_str* texts, std::size_t count);

// kInvalidArgument: no durability has this number.
Result<std::optional<Durability>> durability_of(daybook_durability durability);

// A daybook_object as Fields.  Every call that records makes some: a short one needs no memory of
// its own, is never moved, and is touched only as far as it has fields.
class Object {
public:
    Object() = default;
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    ~Object() = default;

    // Once; empty if it fails.  `what` names it in messages: "params".
    Status read(const daybook_object& object, std::string_view what);

    Fields fields() const;

private:
    static constexpr std::size_t kInline = 16;
    // Without a value until the first count_ are written.
    union Room {
        Room() {}
        std::array<Field, kInline> fields;
    };

    std::string_view json_;
    std::size_t count_ = 0;
    Room short_;
    std::vector<Field> long_;
};

// The size that a structure had at least in the first version of the interface.
template <typename Options>
inline constexpr std::size_t kSizeMin = sizeof(Options);
template <>
inline constexpr std::size_t kSizeMin<daybook_ledger_options> =
    offsetof(daybook_ledger_options, failure_policy);
template <>
inline constexpr std::size_t kSizeMin<daybook_run_spec> = offsetof(daybook_run_spec, capture);
template <>
inline constexpr std::size_t kSizeMin<daybook_artifact_options> =
    offsetof(daybook_artifact_options, copy);
template <>
inline constexpr std::size_t kSizeMin<daybook_trial_options> =
    offsetof(daybook_trial_options, has_started_at_ms);

// kInvalidArgument: no caller can have a structure `what` of this size; it was not initialised.
Status check_size(std::size_t size, std::size_t size_min, std::string_view what);

// Puts an options structure over the defaults in `options`, as far as its caller knows it; leaves
// them if none is given.  `what` is its name.
template <typename Options>
Status read_known(const Options* given, std::string_view what, Options& options) {
    if (given == nullptr) return {};
    if (given->size >= sizeof(Options)) {
        options = *given;
    } else {
        RETURN_IF_ERROR(check_size(given->size, kSizeMin<Options>, what));
        std::memcpy(&options, given, given->size);
    }
    options.size = sizeof(Options);
    return {};
}

}  // namespace daybook::capi
