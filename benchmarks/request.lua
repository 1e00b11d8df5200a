-- wrk script: POST requests with HEADERS (one per line) and the lines of the file BODIES in turn. Prints one line of JSON.
local bodies, at = {}, 0
for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end

wrk.method = "POST"
for name, value in os.getenv("HEADERS"):gmatch("([^\n:]+): ([^\n]*)") do wrk.headers[name] = value end

function request()
  at = at % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[at])
end

-- PAUSE: each connection waits this many milliseconds between requests, on average.
local pause = tonumber(os.getenv("PAUSE"))
if pause then
  function delay() return math.random(0, 2 * pause) end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p50":%.4f,"p99":%.4f,"max":%.4f,"failed":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3,
    e.status, e.connect + e.read + e.write + e.timeout))
end
