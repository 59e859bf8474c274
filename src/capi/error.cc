// daybook_error and what else needs no ledger.
#include "base/version.h"
#include "capi/boundary.h"
#include "daybook/daybook.h"

extern "C" {

const char* daybook_code_name(daybook_code code) {
    switch (code) {
        case DAYBOOK_OK: return "ok";
        case DAYBOOK_INVALID_ARGUMENT: return "invalid_argument";
        case DAYBOOK_NOT_FOUND: return "not_found";
        case DAYBOOK_ALREADY_EXISTS: return "already_exists";
        case DAYBOOK_PERMISSION_DENIED: return "permission_denied";
        case DAYBOOK_BUSY: return "busy";
        case DAYBOOK_NO_SPACE: return "no_space";
        case DAYBOOK_IO: return "io";
        case DAYBOOK_CORRUPT: return "corrupt";
        case DAYBOOK_UNSUPPORTED: return "unsupported";
        case DAYBOOK_LIMIT: return "limit";
        case DAYBOOK_CANCELLED: return "cancelled";
        case DAYBOOK_INTERNAL: return "internal";
    }
    return "unknown";
}

daybook_code daybook_error_code(const daybook_error* error) {
    return error == nullptr ? DAYBOOK_OK : daybook::capi::code_of(error->error.code());
}

const char* daybook_error_message(const daybook_error* error) {
    return error == nullptr ? "" : error->error.message().c_str();
}

void daybook_error_free(daybook_error* error) { delete error; }

const char* daybook_version(void) { return daybook::version().data(); }

int daybook_abi_version(void) { return DAYBOOK_ABI_VERSION; }

}  // extern "C"
