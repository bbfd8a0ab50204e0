-- The request that wrk sends: one message, unsigned; the response is not checked.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"topic":"h4j6l-orders","key":"order-1","value":"' ..
  string.rep("x", tonumber(os.getenv("BENCH_SIZE") or "100")) .. '"}'
