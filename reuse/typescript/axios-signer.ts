// An interceptor that signs what axios sends.
import type { AxiosInstance } from "axios";
import { type Keys, signatureHeaders } from "./signed-fetch.js";

/**
 * Has an axios instance sign every request, the last of its interceptors to run.
 *
 * axios runs the interceptors of requests from the last that was added to the first, so sign before
 * you add others. Redirects are not followed: the signature would go to wherever they lead.
 */
export function signRequests(axios: AxiosInstance, keys: Keys): AxiosInstance {
  axios.interceptors.request.use(async (config) => {
    const { pathname, search } = new URL(axios.getUri(config)); // what goes into the request line
    const method = (config.method ?? "get").toUpperCase();
    config.headers.set(await signatureHeaders(keys, method, pathname + search, Date.now()));
    config.maxRedirects = 0;
    return config;
  });
  return axios;
}
