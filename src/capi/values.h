// The values of daybook.h as C++ sees them: views, as long as those of the caller live.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "capi/handles.h"

namespace daybook::capi {

std::string_view view_of(daybook_str text);
// nullopt if it is not given.
std::optional<std::string_view> optional_view_of(daybook_str text);

// A list of texts; what `texts` points to is borrowed.
std::vector<std::string_view> views_of(const daybook_str* texts, std::size_t count);

// kInvalidArgument: no durability has this number.
Result<std::optional<Durability>> durability_of(daybook_durability durability);

// A daybook_object as Fields.  Short ones need no memory of their own.
class Object {
public:
    // `what` names it in messages: "params".
    static Result<Object> read(const daybook_object& object, std::string_view what);

    Fields fields() const;

private:
    static constexpr std::size_t kInline = 16;

    std::string_view json_;
    std::size_t count_ = 0;
    std::array<Field, kInline> short_{};
    std::vector<Field> long_;
};

// An options structure as far as its caller knows it, and the defaults beyond.
template <typename Options>
Options known_part(const Options* given, Options defaults) {
    if (given == nullptr) return defaults;
    const std::size_t size = given->size < sizeof(Options) ? given->size : sizeof(Options);
    std::memcpy(&defaults, given, size);
    defaults.size = sizeof(Options);
    return defaults;
}

}  // namespace daybook::capi
