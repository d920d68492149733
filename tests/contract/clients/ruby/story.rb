# A user from staging to deletion, told with the generated client.

require 'json'
require 'uri'
require 'usher'

def check(holds, what)
  raise "it is not so that #{what}" unless holds
end

# The call is rejected with this status, and the problem says so as well.
def rejected(status)
  yield
rescue Usher::ApiError => rejection
  check(rejection.code == status, "it is rejected with #{status}: #{rejection.message}")
  check(JSON.parse(rejection.response_body)['status'] == status, 'the problem says so')
else
  check(false, "it is rejected with #{status}")
end

url = URI(ENV.fetch('USHER_URL'))
Usher.configure do |usher|
  usher.scheme = url.scheme
  usher.host = "#{url.host}:#{url.port}"
  usher.base_path = ''
  usher.server_index = nil
  usher.access_token = ENV.fetch('USHER_API_KEY')
end
users = Usher::UsersApi.new

# Stage a user into a team that is not there yet.
team = Usher::UserTeamDraft.new(name: 'Analysts of Ruby', role: Usher::TeamRole::USER)
draft = Usher::UserDraft.new(
  email: 'ada.lovelace@ruby.example',
  role: Usher::AccountRole::USER,
  department: 'Engines',
  teams: [team],
  create_missing_teams: true
)
ada, _, headers = users.create_user_with_http_info(draft)
check(ada.first_name == 'Ada', 'her first name comes from her address')
check(ada.status == Usher::UserStatus::STAGED, 'she is staged')
check(ada.teams.first.name == 'Analysts of Ruby', 'she is in the team')
first_tag = headers['ETag']

# Find her.
found = users.list_users(filter: "email eq \"#{ada.email}\"").items
check(found.map(&:id) == [ada.id], 'the filter finds her alone')

# Change her, if nobody else has, and take a value away.
change = Usher::UserChanges.new(position: 'Analyst', department: nil)
changed = users.update_user(ada.id, change, if_match: first_tag)
check(changed.position == 'Analyst', 'her position is changed')
check(changed.department.nil?, 'her department is taken away')

# A request with a stale ETag is rejected with 412.
rejected(412) { users.update_user(ada.id, change, if_match: first_tag) }

# There is one user for each e-mail address.
rejected(409) { users.create_user(Usher::UserDraft.new(email: ada.email)) }

# List a few, page by page.
staff = %w[bea@ruby.example cyd@ruby.example].map do |email|
  users.create_user(Usher::UserDraft.new(email: email)).id
end
staff << ada.id
listed = []
more = {}
loop do
  page = users.list_users(filter: 'email ew "@ruby.example"', count: 2, **more)
  listed.concat(page.items.map(&:id))
  break unless page.next_cursor

  more = { cursor: page.next_cursor }
end
check(listed.sort == staff.sort, 'the pages show each of them once')

# See what her first login would do.
connection = Usher::ConnectionsApi.new.list_connections.items.first
assertion = Usher::PreviewAssertion.new(name_id: ada.email, attributes: { 'department' => ['Engines'] })
login = Usher::PreviewRequest.new(assertion: assertion)
plan = Usher::PreviewsApi.new.preview_login(connection.id, login).plan
check(plan.decision == Usher::PlanDecision::CLAIM, 'her first login claims what was staged')
check(plan.user.id == ada.id, 'and it is her')

# Disable her.
disabled = users.update_user(ada.id, Usher::UserChanges.new(disabled: true))
check(disabled.status == Usher::UserStatus::DISABLED, 'she is disabled')

# Delete them all.
staff.each { |id| users.delete_user(id) }
rejected(404) { users.get_user(ada.id) }
