-- Who is it? Asks IAM, and names the person to the service behind. Fails closed: what does not end in "state = ok" or in
-- "state = public" is refused here; if this script itself dies, Envoy lets the request go on, and the RBAC filter behind
-- refuses, because it wants that state.

-- Read once, at load: an error here and Envoy does not start.
local CREDENTIAL = os.getenv("GATEWAY_IAM_TOKEN") or ""
local JWT = "^[%w_%-]+%.[%w_%-]+%.[%w_%-]+$"
if #CREDENTIAL > 2048 or not CREDENTIAL:find(JWT) then error("GATEWAY_IAM_TOKEN is missing, or no token", 0) end
-- The renderer puts a line in front that sets it.
local TIMEOUT_MS = tonumber(GANTRY_SESSION_TIMEOUT_MS)
if not TIMEOUT_MS or TIMEOUT_MS < 1 then error("GANTRY_SESSION_TIMEOUT_MS is not set", 0) end
-- Seeded by where this state lies in memory, so that workers and restarts differ. No secret depends on it.
math.randomseed(os.time() + (tonumber(tostring({}):match("0x(%x+)"), 16) or 0) % 2147483647)

local CLUSTER = "session-check"
local PATH = "/gantry.iam.v1.AuthService/CheckSession"
local UUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"
local TOKEN = "^[%w_%-]+$"
local REQUEST_ID = "^[%w._%-]+$"
local NS = "gantry.session"
-- How a google.rpc.ErrorInfo with the reason SESSION_INVALID begins, as Connect writes details (base64, whole groups only).
-- A 401 without it is about our own credential, and says nothing about the session.
local SESSION_INVALID = '"value":%s*"Cg9TRVNTSU9OX0lOVkFM'

local COOKIES = { ["__Host-session"] = true, ["x-session-uuid"] = true, ["session-uuid"] = true }

-- Calls fn with each "name=value" of the cookie headers.
local function each_cookie(headers, fn)
  for i = 0, headers:getNumValues("cookie") - 1 do
    for pair in headers:getAtIndex("cookie", i):gmatch("[^;]+") do
      local trimmed = pair:match("^%s*(.-)%s*$")
      if trimmed ~= "" then fn(trimmed, trimmed:match("^([^=]-)%s*=%s*(.*)$")) end
    end
  end
end

-- The token, or nil when there is none, or false when what was sent is malformed or contradicts itself.
local function token_of(headers)
  local found, wrong
  local function take(value)
    if not value or #value < 16 or #value > 128 or not value:find(TOKEN) or (found and found ~= value) then
      wrong = true
    else
      found = value
    end
  end
  for _, name in ipairs({ "x-session-uuid", "session-uuid" }) do
    for i = 0, headers:getNumValues(name) - 1 do take(headers:getAtIndex(name, i)) end
  end
  local authorizations = headers:getNumValues("authorization")
  if authorizations > 1 then wrong = true end
  if authorizations == 1 then take(headers:getAtIndex("authorization", 0):match("^[Bb][Ee][Aa][Rr][Ee][Rr] +(%S+)$")) end
  each_cookie(headers, function(_, name, value)
    if COOKIES[name] then take(value) end
  end)
  if wrong then return false end
  return found
end

-- Takes the session out of the cookies; the template removes the headers that hold nothing else.
local function strip_cookies(headers)
  if headers:getNumValues("cookie") == 0 then return end
  local kept = {}
  each_cookie(headers, function(pair, name)
    if not COOKIES[name or pair] then kept[#kept + 1] = pair end
  end)
  headers:remove("cookie")
  if #kept > 0 then headers:add("cookie", table.concat(kept, "; ")) end
end

local function name_request(headers)
  local id = headers:get("x-request-id")
  if id and #id <= 128 and headers:getNumValues("x-request-id") == 1 and id:find(REQUEST_ID) then return end
  local r = math.random
  headers:replace("x-request-id", string.format("%04x%04x-%04x-4%03x-%04x-%04x%04x%04x",
    r(0, 65535), r(0, 65535), r(0, 65535), r(0, 4095), r(32768, 49151), r(0, 65535), r(0, 65535), r(0, 65535)))
end

-- IAM's answer: the identity and the user, or nil and what it means.
local function ask(h, headers, token)
  local call = {
    [":method"] = "POST", [":path"] = PATH, [":authority"] = "iam",
    ["content-type"] = "application/json", ["connect-protocol-version"] = "1",
    ["connect-timeout-ms"] = tostring(TIMEOUT_MS), ["x-gantry-identity"] = CREDENTIAL,
  }
  for _, name in ipairs({ "x-request-id", "traceparent", "tracestate" }) do call[name] = headers:get(name) end
  -- token is [A-Za-z0-9_-]{16,128}: nothing in it can break out of the JSON string.
  local got, body = h:httpCall(CLUSTER, call, '{"sessionToken":"' .. token .. '"}',
    { timeout_ms = TIMEOUT_MS, return_duplicate_headers = true })
  if got[":status"] == "401" and (body or ""):find(SESSION_INVALID) then return nil, "SESSION_INVALID" end
  if got[":status"] ~= "200" then return nil, "SESSION_CHECK_UNAVAILABLE" end
  local identity, user = got["x-gantry-identity"], got["x-gantry-user"]
  -- What came twice is a table here; without return_duplicate_headers the last one would win.
  if type(identity) ~= "string" or #identity > 2048 or not identity:find(JWT) then return nil, "SESSION_CHECK_UNAVAILABLE" end
  if type(user) ~= "string" or not user:find(UUID) then return nil, "SESSION_CHECK_UNAVAILABLE" end
  return identity, user
end

-- Nil when the request may go on, else the reason of the refusal.
local function check(h)
  local headers = h:headers()
  name_request(headers)
  if h:metadata():get("access") == "public" then
    strip_cookies(headers)
    h:streamInfo():dynamicMetadata():set(NS, "state", "public")
    return nil
  end
  local token = token_of(headers)
  if token == nil then return "SESSION_MISSING" end
  if not token then return "SESSION_INVALID" end
  local identity, user = ask(h, headers, token)
  if not identity then return user end
  -- What h:headers() gave before httpCall is out of scope now: ask again.
  headers = h:headers()
  strip_cookies(headers)
  headers:replace("x-gantry-identity", identity)
  local state = h:streamInfo():dynamicMetadata()
  state:set(NS, "user", user)
  state:set(NS, "state", "ok")
  return nil
end

function envoy_on_request(h)
  local ran, reason = pcall(check, h)
  if not ran then
    h:logErr("session check failed: " .. tostring(reason))
    reason = "SESSION_CHECK_UNAVAILABLE"
  end
  if not reason then return end
  -- local_reply_config writes the answer in the caller's protocol, by this reason.
  h:streamInfo():dynamicMetadata():set(NS, "refused", reason)
  h:respond({ [":status"] = reason == "SESSION_CHECK_UNAVAILABLE" and "503" or "401" }, "")
end
