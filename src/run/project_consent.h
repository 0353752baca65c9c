// What the project that the caller stands in asks for in a run, by config/consent_table.h, and
// whether the caller has agreed to it (`quiz trust`). Every command that follows a project's
// settings checks here before it does.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "config/consent_table.h"
#include "config/settings.h"
#include "profile/consent.h"
#include "root/layers.h"

namespace quiz::run {

/// What the caller has agreed to.
profile::Consent consent(const base::Paths& paths);

/// Of the project's settings those that are in force; `keys`: of these settings only.
std::vector<config::Ask> asks_of_settings(const config::Settings& settings,
                                          std::initializer_list<std::string_view> keys = {});
std::vector<config::Ask> asks_of_layers(const root::LayerDirectories& layers);

/// What has to be agreed to for it: a settings file as quiz has read it, a profile's folder as it
/// is, a layer by where it leads. Throws base::Error where that cannot be read.
profile::Part part_of(const config::Settings& settings, const config::Ask& ask);

/// The first of what a project may never have, or may not have without the caller's agreement, is
/// an Error that names file and line, what it asks for, what that reaches, and the remedy.
void require_consent(const config::Settings& settings, const base::Paths& paths,
                     const std::vector<config::Ask>& asks);

/// Something of a project's to which the caller has not agreed takes part in what the guest does.
bool takes_part_unagreed(const config::Settings& settings, const base::Paths& paths,
                         const std::vector<config::Ask>& asks);

}  // namespace quiz::run
