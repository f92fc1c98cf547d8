/**
 * Health of objects that Argo CD knows nothing of, in Lua. Without it a route that no Gateway accepts, or whose Service is not there,
 * is green.
 */
export class ArgoHealth {
  /**
   * Health of a UDPRoute of STUNner: healthy when each of its parents has accepted it and found its backends, in its latest
   * generation.
   */
  public static udpRoute(): string {
    return UDP_ROUTE;
  }

  /** Entries for the ConfigMap `argocd-cm`, by key. */
  public static customizations(): Record<string, string> {
    return { 'resource.customizations.health.stunner.l7mp.io_UDPRoute': UDP_ROUTE };
  }
}

const UDP_ROUTE = `local function answer(status, message)
  return { status = status, message = message }
end

local parents = obj.status and obj.status.parents
if parents == nil or #parents == 0 then
  return answer("Progressing", "no Gateway has answered yet")
end

local wanted = #((obj.spec and obj.spec.parentRefs) or {})
if #parents < wanted then
  return answer("Progressing", "a Gateway has not answered yet")
end

for _, parent in ipairs(parents) do
  local seen = {}
  for _, condition in ipairs(parent.conditions or {}) do
    local observed = condition.observedGeneration
    if observed ~= nil and obj.metadata.generation ~= nil and observed < obj.metadata.generation then
      return answer("Progressing", "the latest generation is not observed yet")
    end
    if condition.type == "Accepted" or condition.type == "ResolvedRefs" then
      seen[condition.type] = true
      if condition.status == "False" then
        return answer("Degraded", condition.type .. ": " .. (condition.message or condition.reason or "False"))
      end
      if condition.status ~= "True" then
        return answer("Progressing", condition.type .. " is not known yet")
      end
    end
  end
  if not seen["Accepted"] then
    return answer("Progressing", "a Gateway has not accepted the route yet")
  end
end
return answer("Healthy", "accepted by every Gateway")
`;
